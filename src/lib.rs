//! kmsprep teaches AWS KMS by running it.
//!
//! Data flows one way, from the top of this list to its bottom; a module imports only what stands below it.
//!
//! ```text
//! cli          one file per command: parse arguments, call the library, print
//! render       results -> text and JSON
//! study        question bank, drill, progress, exams
//! content      the scenarios and questions inside the program
//! authoring    lint: every combination of a scenario's options against its proof
//! scenario     document -> world with holes -> filled world -> run -> verdict
//! endpoint     AWS JSON 1.1 and the query protocol -> the same calls
//! pricing      price book, meter -> bill
//! authz        who may do what, and why: questions, batches, suggestions, warnings about policies
//! services     s3, ebs, rds, lambda, logs, sqs, cloudtrail: clients of kms; `World`
//! kms          keys, states, material, ciphertexts, aliases, grants, rotation: the door
//! iam          policies, conditions, evaluation, explanation
//! cloud        accounts, callers, ARNs, Regions, clock, randomness, errors, trail, meter
//! rulebook     facts, with the guide's value and today's
//! doc          YAML and JSON as a tree with positions
//! diag         spans and diagnostics
//! ```
//!
//! ```text
//! bytes -read-> Node -lower-> ScenarioDocument -fill(answers)-> World + checks -run-> Trace -judge-> Verdict -render-> text
//! ```

pub mod authoring;
pub mod authz;
pub mod cli;
pub mod cloud;
pub mod content;
pub mod diag;
pub mod doc;
pub mod endpoint;
pub mod iam;
pub mod kms;
pub mod pricing;
pub mod render;
pub mod rulebook;
pub mod scenario;
pub mod services;
pub mod study;
