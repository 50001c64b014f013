//! stub
use super::Node;
use crate::diag::{Diagnostic, Sources};
/// l
#[derive(Clone, Copy, Debug)]
pub struct Limits {}
/// r
pub fn read(_: &mut Sources, _: &str, _: &str, _: Limits) -> Result<Node, Vec<Diagnostic>> {
    Err(vec![])
}
/// r
pub fn read_bytes(_: &mut Sources, _: &str, _: &[u8], _: Limits) -> Result<Node, Vec<Diagnostic>> {
    Err(vec![])
}
