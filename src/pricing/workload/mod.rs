//! What a workload costs: from a description of volumes and keys to bills, month by month.
//!
//! ```text
//! Node -read-> Workload -estimate(book, rulebook)-> Estimate: bills, the way each count was derived, the total, its band
//!                       -Plan::compile-> Plan -total(overrides)-> one number, fast, for sweeps
//! ```
//!
//! A use names a service and its volumes; the requests that the service makes to KMS follow from [`SERVICES`], a table of
//! rules that call the services' own workload arithmetic where the model has the service.

mod cache;
mod demand;
mod estimate;
mod explain;
mod model;
mod plan;
mod read;
mod service;
mod set;

pub use cache::DataKeyCache;
pub use estimate::{Band, Derivation, Estimate, MonthEstimate, estimate};
pub use explain::Explanation;
pub use model::{Months, Neighbour, Use, Workload, WorkloadKey};
pub use plan::{Plan, Slot};
pub use read::read;
pub use service::{Field, Form, SERVICES, ServiceRule};
pub use set::{SetError, set};

#[cfg(test)]
mod tests;
