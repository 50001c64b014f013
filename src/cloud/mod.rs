//! What every part of AWS shares: accounts, Regions, ARNs, callers, the virtual clock, identifiers,
//! seeded randomness, errors, the trail and the meter.
//!
//! [`Cloud`] is the state of these things. It knows no key, no policy and no service; the layers above
//! keep their own state beside it (see `services::World`) and come here to ask the time, to draw bytes
//! and to record what happened.

mod account;
mod arn;
mod caller;
mod clock;
mod decision;
mod error;
mod filter;
mod meter;
mod random;
mod region;
mod trail;
mod unique_id;

pub use account::AccountId;
pub use arn::Arn;
pub use caller::{Caller, Network, PLAIN_SESSION, Principal, PrincipalKind, Temporary, Via};
pub use clock::{Duration, Instant, after, days_after, format_duration, format_instant, format_logged, parse_duration, parse_instant};
pub use decision::{ConditionTrace, DecisionTrace, PolicyTrace, PolicyType, StatementTrace};
pub use error::{ApiError, Detail, Reason};
pub use filter::{FilterError, FilterPattern, Selector};
pub use meter::{Meter, MeterKey, RequestClass};
pub use random::Random;
pub(crate) use random::{hex_bytes, hex_digits};
pub use region::{REGIONS, Region, RegionRow};
pub use trail::{Additional, Also, Event, Parameters, Resource, Stamp, Trail, member_name};
pub use unique_id::{access_key_id, numbered_access_key_id, user_id};

use std::sync::Arc;

/// The shared state of a simulated cloud: time, randomness, the record of calls and the count of what is billed.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// Now. Moves only by [`Cloud::advance`].
    now: Instant,
    /// When the world began: bills count from here.
    started: Instant,
    /// The source of every random byte in the world.
    pub random: Random,
    /// What was called, by whom and with what outcome.
    pub trail: Trail,
    /// What of it is billed.
    pub meter: Meter,
    /// Whether events tell what allowed them. Off, because it costs more than most calls do.
    pub explain_allows: bool,
}

impl Cloud {
    /// A cloud that begins at `now`, whose randomness is a function of `seed`.
    #[must_use]
    pub fn new(now: Instant, seed: u64) -> Self {
        Cloud { now, started: now, random: Random::new(seed), trail: Trail::default(), meter: Meter::default(), explain_allows: false }
    }

    /// The virtual time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// When the world began.
    #[must_use]
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Lets time pass. A sum past the end of the calendar stays at its end.
    pub fn advance(&mut self, by: Duration) {
        self.now = after(self.now, by);
    }

    /// The `eventID` of the event with a number.
    #[must_use]
    pub fn event_id(&self, number: usize) -> String {
        self.random.uuid(&format!("event {number}"))
    }

    /// The `requestID` of the event with a number.
    #[must_use]
    pub fn request_id(&self, number: usize) -> String {
        self.random.uuid(&format!("request {number}"))
    }

    /// Records an event at the present time.
    pub fn record(&mut self, event: Event) -> usize {
        let number = u64::try_from(self.trail.len()).unwrap_or(u64::MAX);
        self.trail.push(Event { stamp: Stamp { seed: self.random.seed(), number }, ..event })
    }
}

/// Text shared by many records.
pub type Text = Arc<str>;
