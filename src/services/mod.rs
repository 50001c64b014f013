//! The AWS services that call KMS, as far as the scenarios need them. Each is a client of KMS: it calls through
//! the same door as everybody else, with the right principal, `kms:ViaService` and encryption context.
//!
//! Three access patterns (the facts stand with each service):
//! - the service forwards the caller's identity: `world.kms(&caller.through("s3", region), …)`;
//! - the service acts for itself: `Caller::service("cloudtrail.amazonaws.com", …)`;
//! - the service makes a grant through the caller and uses it later as the grantee.

mod call;
mod envelope;
mod event;
mod request;
mod state;
#[cfg(test)]
mod test_world;
mod world;

pub mod cloudtrail;
pub mod cloudwatch;
pub mod ec2;
pub mod lambda;
pub mod logs;
pub mod rds;
pub mod s3;
pub mod sqs;
pub mod sts;

pub use call::{SERVICE_OPERATIONS, ServiceOperation, call, service_operation};
pub use state::State;
pub use world::{Task, World};
