//! stub
use super::{State, World};
use crate::cloud::{ApiError, Caller};
use serde_json::Value;
use std::sync::Arc;
/// State of the service.
#[derive(Clone, Debug, Default)]
pub struct Rds {}
/// Later work.
#[derive(Clone, Debug)]
pub enum Task {}
impl Rds {
    /// What stands at a path.
    #[must_use]
    pub fn state(&self, collection: &str, name: &str, field: Option<&str>) -> Option<State> {
        let _ = (collection, name, field);
        None
    }
}
/// Carries out an operation.
pub fn call(world: &mut World, caller: &Arc<Caller>, name: &str, members: Value) -> Result<Value, ApiError> {
    let _ = (world, caller, members);
    Err(ApiError::new("InvalidAction", name))
}
/// Does later work.
pub fn run(world: &mut World, task: Task) {
    let _ = world;
    match task {}
}
