//! The `rds` section: instances by their identifiers.

use super::Builder;
use crate::doc::{Fields, Node, Pair};
use crate::services::rds::{NewDbInstance, add_instance};

impl Builder<'_> {
    pub(super) fn rds(&mut self, node: &Node) {
        let Some(mut fields) = Fields::of(node, "the rds section", self.diagnostics) else { return };
        let instances = fields.entries("instances", self.diagnostics);
        fields.finish(self.diagnostics);
        for pair in instances {
            self.db_instance(pair);
        }
    }

    fn db_instance(&mut self, pair: &Pair) -> Option<()> {
        let mut fields = Fields::of(&pair.value, "a database instance", self.diagnostics)?;
        fields.optional("account");
        fields.optional("region");
        let engine = fields.text("engine", self.diagnostics).unwrap_or("mysql");
        let multi_az = fields.flag("multi_az", self.diagnostics);
        let key = fields.optional("key");
        let backups = fields.integer("backup_retention_days", self.diagnostics).and_then(|days| u32::try_from(days).ok()).unwrap_or(7);
        fields.finish(self.diagnostics);
        let (account, region) = (self.owner(&pair.value)?, self.region(&pair.value)?);
        let key = match key {
            Some(node) => Some(self.key_of(node, account, region)?),
            None => None,
        };
        let new = NewDbInstance { id: &pair.key, account, region, engine, multi_az, key, replica_of: None, backup_retention_days: backups };
        if let Err(error) = add_instance(&mut self.world, &new) {
            self.error("scenario/rds", error.to_string(), pair.key_span, "cannot be set up");
        }
        Some(())
    }
}
