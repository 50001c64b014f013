//! The `quotas` section: whether request quotas count, and which of them have been raised.

use super::Builder;
use crate::cloud::{AccountId, Region};
use crate::diag::Diagnostic;
use crate::doc::{Fields, Node, Pair};
use crate::kms::{QuotaRow, Quotas, REQUEST_QUOTAS};

impl Builder<'_> {
    /// `{ request_rates: true, increases: { "NAME": 20000 } }`.
    pub(super) fn quotas(&mut self, node: &Node) {
        let Some(mut fields) = Fields::of(node, "the quotas", self.diagnostics) else { return };
        let counted = fields.flag("request_rates", self.diagnostics);
        let increases = fields.entries("increases", self.diagnostics);
        fields.finish(self.diagnostics);
        let mut quotas = Quotas::default();
        for pair in increases {
            self.increases(pair, &mut quotas);
        }
        if counted {
            self.world.kms.quotas = Some(quotas);
        } else if let Some(pair) = increases.first() {
            self.error(
                "scenario/quotas-off",
                "an increase means nothing where quotas do not count",
                pair.key_span,
                "needs `request_rates: true`",
            );
        }
    }

    /// The increases of one quota: a number for the world's Region, or `{ rate, account, region }`, or several of these.
    fn increases(&mut self, pair: &Pair, quotas: &mut Quotas) {
        let Some(row) = QuotaRow::named(&pair.key) else {
            let adjustable = REQUEST_QUOTAS.iter().filter(|row| row.adjustable).map(|row| row.name);
            self.diagnostics.push(
                Diagnostic::error("scenario/unknown-quota", format!("KMS has no request quota `{}`", pair.key))
                    .at(pair.key_span, "no quota of this name in Service Quotas")
                    .suggest(&pair.key, adjustable),
            );
            return;
        };
        if !row.adjustable {
            self.error("scenario/quota-fixed", format!("AWS does not raise the `{}`", row.name), pair.key_span, "not adjustable");
            return;
        }
        for node in pair.value.one_or_many() {
            self.increase(row, node, quotas);
        }
    }

    fn increase(&mut self, row: &'static QuotaRow, node: &Node, quotas: &mut Quotas) -> Option<()> {
        let (rate, accounts, region) = match node.as_str() {
            Some(_) => (node, self.names.account_ids().collect::<Vec<AccountId>>(), self.names.region()),
            None => {
                let mut fields = Fields::of(node, "an increase", self.diagnostics)?;
                let rate = fields.required("rate", self.diagnostics);
                fields.optional("account");
                fields.optional("region");
                fields.finish(self.diagnostics);
                (rate?, vec![self.owner(node)?], self.region(node)?)
            }
        };
        let requests = self.raised(row, rate, region)?;
        for account in accounts {
            quotas.increase(account, region, row, requests);
        }
        Some(())
    }

    /// A rate that is higher than the one that there is without asking.
    fn raised(&mut self, row: &'static QuotaRow, node: &Node, region: Region) -> Option<u32> {
        let present = row.rate(self.world.kms.rules(), region);
        let requests = node.as_str().and_then(|text| text.replace('_', "").parse::<u32>().ok());
        let raised = requests.filter(|requests| u64::from(*requests) * u64::from(present.seconds) > u64::from(present.requests));
        if raised.is_none() {
            let label = format!("expected more than {present}, which {region} has by default");
            self.error("scenario/quota-rate", format!("this does not raise the `{}`", row.name), node.span, label);
        }
        raised
    }
}
