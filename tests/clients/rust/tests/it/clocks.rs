//! Clients whose clock is wrong, and what the SDK makes of what the server says of it.

use aws_config::retry::RetryConfig;
use aws_sdk_kms::Client;
use aws_smithy_async::time::{SystemTimeSource, TimeSource};
use std::time::{Duration, SystemTime};

use crate::answer::Answer as _;
use crate::server::{REGION, Server};

/// A clock that is late, or else early.
#[derive(Clone, Copy, Debug)]
struct Wrong {
    late: bool,
    by: Duration,
}

impl TimeSource for Wrong {
    fn now(&self) -> SystemTime {
        let now = SystemTimeSource::new().now();
        if self.late { now - self.by } else { now + self.by }
    }
}

/// A client of this clock that tries so often.
fn client(server: &Server, late: bool, minutes: u64, attempts: u32) -> Client {
    let clock = Wrong { late, by: Duration::from_secs(60 * minutes) };
    let config = server.config(server.credentials(server.administrator()), REGION).into_builder();
    let retries = RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(Duration::from_millis(5));
    Client::new(&config.time_source(clock).retry_config(retries).build())
}

#[tokio::test]
async fn a_few_minutes_do_not_matter() {
    let server = Server::empty();
    for late in [true, false] {
        client(&server, late, 4, 1).list_keys().send().await.good();
    }
}

#[tokio::test]
async fn an_hour_is_refused_and_said_in_which_direction() {
    let server = Server::empty();
    for (late, start) in [(true, "Signature expired: "), (false, "Signature not yet current: ")] {
        let refusal = client(&server, late, 60, 1).list_keys().send().await.refused();
        assert!(refusal.message.starts_with(start), "{}", refusal.message);
        refusal.has("InvalidSignatureException", 400);
    }
}

/// The SDK learns the difference of the clocks from the date of the answer, and signs anew.
#[tokio::test]
async fn the_sdk_sets_its_clock_by_the_servers() {
    // The world's clock is another one, and must not be told.
    let server = Server::empty();
    server.advance("1d");
    for late in [true, false] {
        let kms = client(&server, late, 60, 2);
        kms.create_key().send().await.good();
        // From then on nothing needs a second attempt.
        kms.list_keys().send().await.good();
    }
    assert_eq!(server.kms().list_keys().send().await.good().keys().len(), 2);
}
