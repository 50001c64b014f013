//! The official AWS SDK for Rust talks to `kmsprep serve`. Every test has a server of its own.

mod answer;
mod coverage;
mod cryptography;
mod errors_of_key_stores;
mod errors_of_keys;
mod errors_of_material;
mod identities;
mod key_stores;
mod keys;
mod material;
mod pages;
mod retries;
mod server;
mod sessions;
mod unmodelled;
