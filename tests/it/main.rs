//! Tests of the whole, one module per part of the program.

mod cli;
mod door;
mod drill;
mod grants;
mod lab;
mod layers;
mod states;
