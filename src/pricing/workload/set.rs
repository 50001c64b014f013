//! Replacing single values of a tree by path, before it is read.

use crate::diag::suggestion;
use crate::doc::{Node, NodeKind, Pair};

/// Why a path leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SetError {
    /// The number of the step that fails, from 0.
    pub step: usize,
    /// Why.
    pub message: String,
    /// What was probably meant.
    pub help: Option<String>,
}

/// Sets the value at a path like `uses.0.gets` or `keys.photos.rotation_days`. The last step may name a field that is not
/// there yet. Where a list item is a mapping of one name, as a use is, the name may be left out.
///
/// # Errors
/// If a step leads nowhere.
pub fn set(root: &mut Node, path: &str, value: Node) -> Result<(), SetError> {
    let steps: Vec<&str> = path.split('.').collect();
    let mut here = root;
    let mut in_list = false;
    for (step, name) in steps.iter().enumerate() {
        let place = Place { last: step + 1 == steps.len(), in_list };
        in_list = here.as_sequence().is_some();
        here = child(here, name, place, &value).map_err(|(message, help)| SetError { step, message, help })?;
    }
    *here = value;
    Ok(())
}

type Refusal = (String, Option<String>);

/// Where a step stands.
#[derive(Clone, Copy)]
struct Place {
    last: bool,
    /// Whether it goes on from an item of a list.
    in_list: bool,
}

fn child<'n>(node: &'n mut Node, name: &str, place: Place, value: &Node) -> Result<&'n mut Node, Refusal> {
    match &mut node.kind {
        NodeKind::Sequence(items) => {
            let many = items.len();
            let at: usize = name.parse().map_err(|_| (format!("`{name}` is no place in a list: its items count from 0"), None))?;
            items.get_mut(at).ok_or_else(|| (format!("there is no item {at}: the list has {many}, counted from 0"), None))
        }
        NodeKind::Mapping(pairs) => {
            let of_service = matches!(pairs.as_slice(), [only] if only.key != name && only.value.as_mapping().is_some());
            if place.in_list && of_service {
                let only = pairs.first_mut().ok_or_else(|| (format!("there is no `{name}`"), None))?;
                return child(&mut only.value, name, Place { in_list: false, ..place }, value);
            }
            if let Some(at) = pairs.iter().position(|pair| pair.key == name) {
                return pairs.get_mut(at).map(|pair| &mut pair.value).ok_or_else(|| (format!("there is no `{name}`"), None));
            }
            if !place.last {
                let help = suggestion(name, pairs.iter().map(|pair| pair.key.as_str()));
                return Err((format!("there is no `{name}`"), help));
            }
            pairs.push(Pair { key: name.to_owned(), key_span: value.span, value: value.clone() });
            pairs.last_mut().map(|pair| &mut pair.value).ok_or_else(|| (format!("there is no `{name}`"), None))
        }
        NodeKind::Scalar(_) => Err((format!("`{name}` would stand inside a single value"), None)),
    }
}
