//! Tests of the whole, one module per part of the program.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on should stop"
)]

mod authz;
mod authz_laws;
mod change;
mod cli;
mod cost;
mod cost_curves;
mod coverage;
mod decide;
mod docs;
mod door;
mod drill;
mod errors;
mod exam;
mod facts;
mod grants;
mod import;
mod key_policies;
mod key_stores;
mod lab;
mod laws;
mod layers;
mod loads;
mod multi_region;
mod openssl;
mod policy_types;
mod progress;
mod quotas;
mod serve;
mod services;
mod solve;
mod states;
mod trail;
mod trim;
mod worlds;
