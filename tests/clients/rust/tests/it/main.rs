//! The official AWS SDK for Rust talks to `kmsprep serve`. Every test has a server of its own.
//!
//! The program under test is the one that the environment variable `KMSPREP` names, else `target/debug/kmsprep` of the repository:
//! `cargo build` there, then `cargo test` here.

mod answer;
mod clocks;
mod coverage;
mod cryptography;
mod environment;
mod errors_of_key_stores;
mod errors_of_keys;
mod errors_of_material;
mod errors_of_operations;
mod every_spec;
mod identities;
mod key_stores;
mod keys;
mod material;
mod pages;
mod retries;
mod server;
mod sessions;
mod unmodelled;
