//! The `s3` section: buckets and objects.

use super::Builder;
use crate::doc::{Fields, Node, Pair};
use crate::iam::PolicyKind;
use crate::services::s3::{Bucket, DefaultEncryption, NewObject, ReplicationConfiguration, add_object};
use std::sync::Arc;

impl Builder<'_> {
    pub(super) fn s3(&mut self, node: &Node) {
        let Some(mut fields) = Fields::of(node, "the s3 section", self.diagnostics) else { return };
        let buckets = fields.entries("buckets", self.diagnostics);
        let objects = fields.entries("objects", self.diagnostics);
        fields.finish(self.diagnostics);
        for pair in buckets {
            self.bucket(pair);
        }
        for pair in objects {
            self.object(pair);
        }
    }

    fn bucket(&mut self, pair: &Pair) -> Option<()> {
        let mut fields = Fields::of(&pair.value, "a bucket", self.diagnostics)?;
        fields.optional("account");
        fields.optional("region");
        let versioned = fields.flag("versioned", self.diagnostics);
        let policy = fields.optional("policy");
        let encryption = fields.optional("encryption");
        let sse_c = fields.optional("blocks_sse_c");
        let replication = fields.optional("replication");
        fields.finish(self.diagnostics);
        let (account, region) = (self.owner(&pair.value)?, self.region(&pair.value)?);
        let mut bucket = Bucket::new(&pair.key, account, region, self.world.rulebook);
        bucket.versioned = versioned;
        if let Some(node) = policy {
            bucket.policy = self.policy(node, PolicyKind::Resource, &format!("bucket policy of {}", pair.key));
        }
        if let Some(node) = encryption {
            bucket.encryption = self.encryption(node).unwrap_or_default();
        }
        if let Some(blocks) = sse_c.and_then(Node::as_bool) {
            bucket.blocks_sse_c = blocks;
        }
        if let Some(node) = replication {
            match ReplicationConfiguration::read(&node.to_json(), self.world.rulebook) {
                Ok(configuration) => bucket.replication = Some(Arc::new(configuration)),
                Err(error) => self.error("scenario/replication", error.to_string(), node.span, "S3 would refuse this"),
            }
        }
        self.world.s3.add_bucket(bucket);
        Some(())
    }

    /// `{ SSEAlgorithm, KMSMasterKeyID, BucketKeyEnabled }`.
    fn encryption(&mut self, node: &Node) -> Option<DefaultEncryption> {
        let mut fields = Fields::of(node, "a default encryption", self.diagnostics)?;
        let algorithm = fields.required("SSEAlgorithm", self.diagnostics);
        let key = fields.text("KMSMasterKeyID", self.diagnostics).map(str::to_owned);
        let bucket_key_enabled = fields.flag("BucketKeyEnabled", self.diagnostics);
        fields.finish(self.diagnostics);
        let algorithm = algorithm?;
        let text = algorithm.as_str().filter(|text| matches!(*text, "AES256" | "aws:kms" | "aws:kms:dsse"));
        let Some(text) = text else {
            self.diagnostics.push(algorithm.expected("scenario/sse-algorithm", "`AES256`, `aws:kms` or `aws:kms:dsse`"));
            return None;
        };
        Some(DefaultEncryption { sse_algorithm: text.to_owned(), kms_master_key_id: key, bucket_key_enabled })
    }

    fn object(&mut self, pair: &Pair) -> Option<()> {
        let mut fields = Fields::of(&pair.value, "an object", self.diagnostics)?;
        let body = fields.text("body", self.diagnostics).unwrap_or_default();
        let encryption = fields.optional("encryption");
        fields.finish(self.diagnostics);
        let Some((bucket, key)) = pair.key.split_once('/') else {
            self.error("scenario/object", "an object is named `bucket/key`", pair.key_span, "no bucket in this name");
            return None;
        };
        let encryption = match encryption {
            Some(node) => self.encryption(node)?,
            None => self.world.s3.bucket(bucket).map(|bucket| bucket.encryption.clone()).unwrap_or_default(),
        };
        let new = NewObject { bucket, key, body, encryption };
        if let Err(error) = add_object(&mut self.world, &new) {
            self.error("scenario/object", error.to_string(), pair.key_span, "cannot be set up");
        }
        Some(())
    }
}
