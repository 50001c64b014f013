//! What kind of key a key of the world is: its spec, usage, origin and imported material.

use crate::diag::Diagnostic;
use crate::doc::{Fields, Node};
use crate::kms::{KeySpec, KeyUsage, Origin};

/// The fields of a key that `CreateKey` fixes for ever.
#[derive(Clone, Copy)]
pub(super) struct KeyType<'n> {
    pub(super) spec: KeySpec,
    pub(super) usage: KeyUsage,
    pub(super) origin: Origin,
    /// The name of the imported material.
    pub(super) material: Option<&'n Node>,
    /// When it expires.
    pub(super) expires: Option<&'n Node>,
}

impl<'n> KeyType<'n> {
    /// Reads the fields; what is wrong is reported.
    pub(super) fn read(fields: &mut Fields<'n>, diagnostics: &mut Vec<Diagnostic>) -> Option<Self> {
        let (spec, usage, origin) = (fields.optional("spec"), fields.optional("usage"), fields.optional("origin"));
        let (material, expires) = (fields.optional("material"), fields.optional("material_expires"));
        fields.flag("multi_region", diagnostics);
        let spec = one_of(spec, KeySpec::parse, KeySpec::ALL.iter().map(|spec| spec.name()), "key spec", diagnostics)?;
        let fits = spec.row().usages;
        let given = one_of(usage, KeyUsage::parse, fits.iter().map(|usage| usage.name()), "key usage", diagnostics)?;
        let given = usage.map_or_else(|| fits.first().copied().unwrap_or_default(), |_| given);
        if let Some(node) = usage.filter(|_| !fits.contains(&given)) {
            let legal: Vec<&str> = fits.iter().map(|usage| usage.name()).collect();
            diagnostics.push(
                Diagnostic::error("scenario/key-type", format!("a {spec} key is not for {given}"))
                    .at(node.span, format!("expected {}", legal.join(" or "))),
            );
            return None;
        }
        let origins = [Origin::AWS_KMS, Origin::EXTERNAL].map(Origin::name);
        let origin = one_of(origin, Origin::parse, origins.into_iter(), "origin", diagnostics)?;
        Some(KeyType { spec, usage: given, origin, material, expires })
    }
}

/// The value that a field names, or the default where there is no field.
fn one_of<'l, T: Default>(
    node: Option<&Node>,
    parse: fn(&str) -> Option<T>,
    legal: impl Iterator<Item = &'l str>,
    what: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<T> {
    let Some(node) = node else { return Some(T::default()) };
    let text = node.as_str().unwrap_or_default();
    let found = parse(text);
    if found.is_none() {
        diagnostics.push(
            Diagnostic::error("scenario/key-type", format!("there is no {what} `{text}`"))
                .at(node.span, what.to_owned())
                .suggest(text, legal),
        );
    }
    found
}
