//! What the SDK tries again, and how often.

use aws_config::retry::RetryConfig;
use aws_sdk_kms::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_kms::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_kms::error::BoxError;
use aws_sdk_kms::{Client, config};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

use crate::answer::Answer as _;
use crate::key_stores::id;
use crate::server::{REGION, Server};

/// How many keys an account may make in a second.
const RATE: usize = 5;

/// Counts what is sent.
#[derive(Clone, Debug, Default)]
struct Attempts(Arc<AtomicUsize>);

impl Attempts {
    fn taken(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }
}

impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "attempts"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// A client that tries so often, and its count of attempts.
fn persistent(server: &Server, attempts: u32) -> (Client, Attempts) {
    let counted = Attempts::default();
    let retries = RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(Duration::from_millis(20));
    let config = config::Builder::from(&server.config(server.credentials(server.administrator()), REGION));
    (Client::from_conf(config.retry_config(retries).interceptor(counted.clone()).build()), counted)
}

/// Uses up the quota of this second; the clock stands still.
async fn use_up(server: &Server) {
    let kms = server.kms();
    for _ in 0..RATE {
        kms.create_key().send().await.good();
    }
}

#[tokio::test]
async fn a_throttled_call_is_tried_until_the_second_is_over() {
    let server = Server::world("throttled");
    use_up(&server).await;
    let (kms, attempts) = persistent(&server, 10);
    let (made, ()) = tokio::join!(kms.create_key().send(), async {
        // The first attempt has been throttled when the clock moves.
        while attempts.0.load(Ordering::Relaxed) < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.advance("1s");
    });
    made.good();
    let sent = attempts.taken();
    assert!(sent >= 2);
    let results: Vec<_> = server.records("CreateKey").iter().map(|record| record["errorCode"].as_str().map(str::to_owned)).collect();
    let throttled = vec![Some("ThrottlingException".to_owned()); sent - 1];
    assert_eq!(results, [vec![None; RATE], throttled, vec![None]].concat());
}

#[tokio::test]
async fn attempts_come_to_an_end() {
    let server = Server::world("throttled");
    use_up(&server).await;
    let (kms, attempts) = persistent(&server, 3);
    let message = "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.";
    kms.create_key().send().await.refused().is("ThrottlingException", 400, message);
    assert_eq!(attempts.taken(), 3);
    // Other operations have quotas of their own, and so has the same one in another Region.
    kms.describe_key().key_id("alias/data").send().await.good();
    server.kms_in("eu-west-1").create_key().send().await.good();
    server.advance("1s");
    kms.create_key().send().await.good();
    assert_eq!(attempts.taken(), 2);
}

#[tokio::test]
async fn faults_of_the_service_are_tried_again_and_mistakes_are_not() {
    let server = Server::world("key-stores");
    let (kms, attempts) = persistent(&server, 3);
    let hollow = id(&kms, "hollow").await;
    attempts.taken();
    kms.generate_random().number_of_bytes(8).custom_key_store_id(&hollow).send().await.refused().has("DependencyTimeoutException", 500);
    assert_eq!(attempts.taken(), 3);
    kms.describe_key().key_id("alias/nothing").send().await.refused().has("NotFoundException", 400);
    kms.generate_random().number_of_bytes(1025).send().await.refused().has("ValidationException", 400);
    assert_eq!(attempts.taken(), 2);
}

#[tokio::test]
async fn a_running_clock_lets_everything_through_in_the_end() {
    let path = crate::server::repository("tests/clients/worlds/throttled.yaml");
    let server = Server::serve(&["--clock", "real", "--scenario", path.to_str().unwrap()]);
    let (kms, attempts) = persistent(&server, 20);
    // So many that one of two seconds has too many of them, wherever it begins.
    let calls: JoinSet<_> = (0..=2 * RATE).map(|_| kms.create_key().send()).collect();
    for made in calls.join_all().await {
        made.good();
    }
    assert!(attempts.taken() > 2 * RATE + 1);
    assert_eq!(kms.list_keys().send().await.good().keys().len(), 2 * RATE + 2);
}
