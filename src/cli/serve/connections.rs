//! The connections that are open. When there are too many, the one that has waited longest makes room: a client that holds
//! connections and says nothing harms itself.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use tokio::time::Instant;

/// All open connections.
pub(super) struct Connections {
    open: Mutex<Open>,
    most: usize,
    left: Notify,
}

#[derive(Default)]
struct Open {
    places: BTreeMap<u64, Arc<Place>>,
    next: u64,
}

/// The place of one connection.
pub(super) struct Place {
    number: u64,
    /// When something happened on it last.
    last: Mutex<Instant>,
    working: AtomicBool,
    evict: Notify,
}

/// A connection's request is being answered, until this is dropped.
pub(super) struct Working<'p>(&'p Place);

impl Connections {
    pub(super) fn new(most: usize) -> Self {
        Connections { open: Mutex::default(), most: most.max(1), left: Notify::new() }
    }

    /// A place for one connection more, if need be that of the one that has waited longest.
    pub(super) fn enter(&self) -> Option<Arc<Place>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.places.len() >= self.most && !open.evict() {
            return None;
        }
        open.next += 1;
        let place =
            Arc::new(Place { number: open.next, last: Mutex::new(Instant::now()), working: AtomicBool::new(false), evict: Notify::new() });
        open.places.insert(place.number, Arc::clone(&place));
        Some(place)
    }

    /// Gives a place back.
    pub(super) fn leave(&self, place: &Place) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.places.remove(&place.number);
        if open.places.is_empty() {
            self.left.notify_waiters();
        }
    }

    /// Closes the connection that has waited longest.
    pub(super) fn make_room(&self) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).evict();
    }

    /// How many are open.
    pub(super) fn count(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).places.len()
    }

    /// Waits until none is open.
    pub(super) async fn empty(&self) {
        loop {
            let left = self.left.notified();
            if self.count() == 0 {
                return;
            }
            left.await;
        }
    }
}

impl Open {
    fn evict(&mut self) -> bool {
        let waiting = self.places.values().filter(|place| !place.working.load(Ordering::Relaxed));
        let Some(longest) = waiting.min_by_key(|place| place.last()).map(|place| place.number) else { return false };
        if let Some(place) = self.places.remove(&longest) {
            place.evict.notify_one();
        }
        true
    }
}

impl Place {
    fn last(&self) -> Instant {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something happens on the connection.
    pub(super) fn touch(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Keeps the connection for as long as its request is being answered.
    pub(super) fn work(&self) -> Working<'_> {
        self.working.store(true, Ordering::Relaxed);
        Working(self)
    }

    /// Waits until the place is taken away.
    pub(super) async fn evicted(&self) {
        self.evict.notified().await;
    }
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.working.store(false, Ordering::Relaxed);
    }
}
