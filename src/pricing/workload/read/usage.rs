//! A use of a service.

use super::{Ground, value};
use crate::cloud::RequestClass;
use crate::diag::{Diagnostic, cut};
use crate::doc::{Fields, Node};
use crate::kms::{KeySpec, OPERATIONS, Operation, request_class};
use crate::pricing::workload::model::{FIELDS, Use, Values, WorkloadKey};
use crate::pricing::workload::service::{SERVICES, ServiceRule};

/// `s3: { key: photos, puts: 10_000_000, … }`.
pub(super) fn usage(
    node: &Node,
    at: usize,
    names: &[&str],
    keys: &[Option<WorkloadKey>],
    ground: &Ground<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Use> {
    let Some([pair]) = node.as_mapping() else {
        diagnostics.push(node.expected("cost/use", "one service with what it does, like `s3: { key: photos, puts: 1000 }`"));
        return None;
    };
    let Some(rule) = ServiceRule::of(&pair.key) else {
        let unknown = Diagnostic::error("cost/unknown-service", format!("no rule is known for a use of `{}`", cut(&pair.key)));
        let unknown = unknown.at(pair.key_span, "unknown service").suggest(&pair.key, SERVICES.iter().map(|rule| rule.name));
        diagnostics.push(unknown.help("its requests can be given directly: `kms: { key: …, operation: Decrypt, count: … }`"));
        return None;
    };
    let mut fields = Fields::of(&pair.value, "a use", diagnostics)?;
    let key_node = fields.optional("key");
    let account = ground.account(fields.optional("account"), diagnostics);
    let region_node = fields.optional("region");
    let region = ground.region(region_node, diagnostics);
    let values = values(rule, &mut fields, &format!("uses.{at}.{}", rule.name), diagnostics);
    let direct = rule.name == "kms";
    let asked = direct.then(|| operation(&mut fields, diagnostics));
    let span = fields.span;
    fields.finish(diagnostics);
    let (operation, pair_spec) = match asked {
        Some(asked) => asked.map(|(operation, pair)| (Some(operation), pair))?,
        None => (None, None),
    };

    let place = key_node.map(|node| {
        let name = node.as_str().unwrap_or("");
        let place = names.iter().position(|known| *known == name);
        if place.is_none() {
            let unknown = Diagnostic::error("cost/unknown-key", format!("there is no key `{}`", cut(name)));
            diagnostics.push(unknown.at(node.span, "not among `keys`").suggest(name, names.iter().copied()));
        }
        place
    });
    let place = match place {
        Some(place) => Some(place?),
        None => None,
    };
    let values = values?;
    if place.is_none() && needs_key(rule, &values, operation) {
        diagnostics.push(Diagnostic::error("cost/use", format!("`uses.{at}` has no `key`")).at(span, "add `key:` with a name from `keys`"));
        return None;
    }
    let key = match place {
        // It was reported when it was read.
        Some(place) => Some(keys.get(place)?.as_ref()?),
        None => None,
    };
    let mut region = region?;
    if let Some(key) = key {
        match region_node {
            Some(node) if !key.regions.contains(&region) => {
                let message = format!("key `{}` is not in Region `{region}`", key.name);
                diagnostics.push(Diagnostic::error("cost/use", message).at(node.span, "a key is used in its own Region"));
            }
            Some(_) => {}
            None => region = key.regions.first().copied().unwrap_or(region),
        }
        if let Some(problem) = unfit(rule, operation, key.spec) {
            let span = key_node.map_or(span, |node| node.span);
            diagnostics.push(Diagnostic::error("cost/use", problem).at(span, "this key does not fit"));
        }
    }
    let class =
        operation.map_or(RequestClass::Symmetric, |operation| request_class(operation, key.map(|key| key.spec).into_iter(), pair_spec));
    Some(Use { rule, key: place, account: account?, region, class, operation, values })
}

/// The numbers of a use. Fields whose names have a dot stand in a mapping of their own.
fn values(rule: &'static ServiceRule, fields: &mut Fields<'_>, path: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Values> {
    let mut values = [0; FIELDS];
    let mut well = true;
    let mut inner: Option<(&str, Fields<'_>)> = None;
    for (field, value) in rule.fields.iter().zip(&mut values) {
        *value = field.form.default();
        let node = match field.name.split_once('.') {
            None => fields.optional(field.name),
            Some((outer, name)) => {
                if inner.is_none()
                    && let Some(node) = fields.optional(outer)
                {
                    inner = Fields::of(node, "a cache of data keys", diagnostics).map(|fields| (outer, fields));
                    well &= inner.is_some();
                }
                inner.as_mut().and_then(|(_, fields)| fields.optional(name))
            }
        };
        let Some(node) = node else { continue };
        match super::value::of_form(node, &format!("{path}.{}", field.name), &field.form, diagnostics) {
            Some(read) => *value = read,
            None => well = false,
        }
    }
    if let Some((_, inner)) = inner {
        inner.finish(diagnostics);
    }
    well.then_some(values)
}

/// The operation of a direct use, and the spec of the data key pair that it makes.
fn operation(fields: &mut Fields<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<(Operation, Option<KeySpec>)> {
    let node = fields.required("operation", diagnostics);
    let pair_node = fields.optional("key_pair_spec");
    let cache = fields.optional("cached");
    let node = node?;
    let name = node.as_str().unwrap_or("");
    let Some(operation) = Operation::parse(name) else {
        let unknown = Diagnostic::error("cost/unknown-operation", format!("KMS has no operation `{}`", cut(name)));
        diagnostics.push(unknown.at(node.span, "no such operation").suggest(name, OPERATIONS.iter().map(|row| row.name)));
        return None;
    };
    if let Some(cache) = cache.filter(|_| !matches!(operation, Operation::GenerateDataKey | Operation::Decrypt)) {
        diagnostics.push(value::refused(cache, "cached", "for the data keys of `GenerateDataKey`, and for `Decrypt`"));
    }
    let makes_pairs = matches!(operation, Operation::GenerateDataKeyPair | Operation::GenerateDataKeyPairWithoutPlaintext);
    let pair =
        pair_node.map(|node| {
            let spec = node.as_str().and_then(KeySpec::parse).filter(|spec| makes_pairs && spec.row().data_key_pair);
            if spec.is_none() {
                let expected = "the spec of a data key pair, for `GenerateDataKeyPair` alone";
                diagnostics.push(value::refused(node, "key_pair_spec", expected).suggest(
                    node.as_str().unwrap_or(""),
                    KeySpec::ALL.iter().filter(|spec| spec.row().data_key_pair).map(|spec| spec.name()),
                ));
            }
            spec
        });
    match pair {
        None if makes_pairs => {
            let missing = Diagnostic::error("doc/missing-field", format!("`{name}` has no `key_pair_spec`"));
            diagnostics.push(missing.at(node.span, "add `key_pair_spec:`, which decides the price"));
            None
        }
        None => Some((operation, None)),
        Some(spec) => Some((operation, Some(spec?))),
    }
}

fn needs_key(rule: &ServiceRule, values: &Values, operation: Option<Operation>) -> bool {
    match operation {
        Some(operation) => operation.row().category == "crypto" && !operation.row().identifiers.is_empty(),
        // Objects under SSE-S3 have no KMS key; old ones may.
        None => rule.name != "s3" || !matches!(values, [_, _, 0, _, _, _, _, 2]),
    }
}

/// Why a key of this spec cannot serve a use.
fn unfit(rule: &ServiceRule, operation: Option<Operation>, spec: KeySpec) -> Option<String> {
    let Some(operation) = operation else {
        return (spec != KeySpec::SYMMETRIC_DEFAULT)
            .then(|| format!("`{}` works with symmetric encryption keys alone, not {}", rule.name, spec.name()));
    };
    let usages = operation.row().key_usages;
    let fits = usages.is_empty() || spec.row().usages.iter().any(|usage| usages.contains(usage));
    let symmetric_only = operation.row().name.starts_with("GenerateDataKey");
    if fits && (!symmetric_only || spec == KeySpec::SYMMETRIC_DEFAULT) {
        return None;
    }
    Some(format!("`{}` does not work with a key of spec {}", operation.row().name, spec.name()))
}
