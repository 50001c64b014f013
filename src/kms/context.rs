//! The encryption context: non-secret pairs that a ciphertext is bound to.

use std::collections::BTreeMap;

/// Pairs of the encryption context. Order does not matter; case does.
///
/// Source: "Encryption context", AWS KMS Developer Guide.
pub type EncryptionContext = BTreeMap<String, String>;

/// The additional authenticated data of a context: every key and value behind its length, in the order of
/// the keys, so that no two contexts share a text.
pub(crate) fn authenticated_data(context: &EncryptionContext, into: &mut Vec<u8>) {
    for text in context.iter().flat_map(|(key, value)| [key, value]) {
        into.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
        into.extend_from_slice(text.as_bytes());
    }
}

/// What differs between the context of a request and one that would fit, in words.
#[must_use]
pub(super) fn describe(context: &EncryptionContext) -> String {
    if context.is_empty() {
        return "no encryption context".to_owned();
    }
    let pairs: Vec<String> = context.iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!("encryption context {}", pairs.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_that_differ_have_different_authenticated_data() {
        let bytes = |pairs: &[(&str, &str)]| {
            let context = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            let mut data = Vec::new();
            authenticated_data(&context, &mut data);
            data
        };
        assert_eq!(bytes(&[("a", "1"), ("b", "2")]), bytes(&[("b", "2"), ("a", "1")]));
        assert_ne!(bytes(&[("a", "1b2")]), bytes(&[("a1", "b2")]));
        assert_ne!(bytes(&[("ab", "")]), bytes(&[("a", "b")]));
        assert!(bytes(&[]).is_empty());
    }
}
