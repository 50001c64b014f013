//! The names of an organisation and its units, and the ids that they stand for.

use super::Unknown;
use crate::cloud::Random;
use crate::doc::{Node, Pair};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the root is called in paths.
const ROOT: &str = "root";

/// An organisation's names.
#[derive(Clone, Debug)]
pub(in crate::scenario) struct OrganizationNames {
    /// Its name, which stands for its id.
    pub(in crate::scenario) name: String,
    /// `o-` and ten letters or digits.
    pub(in crate::scenario) id: Arc<str>,
    /// The id of its root, `r-` and four letters or digits.
    pub(in crate::scenario) root: Arc<str>,
    /// The ids of its units by their names with those above: `Workloads/Prod`.
    units: BTreeMap<String, Arc<str>>,
}

impl OrganizationNames {
    /// Collects the names of an `organization` section. Nothing, if it has no name, which is told when it is read.
    pub(super) fn collect(node: &Node, random: &Random) -> Option<Self> {
        let name = node.get("name")?.as_str()?.to_owned();
        let root_digits = random.hex(&format!("organization root {name}"), 4);
        let id = format!("o-{}", random.hex(&format!("organization {name}"), 10)).into();
        let mut units = BTreeMap::new();
        let mut waiting: Vec<(String, &[Pair])> = vec![(String::new(), units_of(node.get(ROOT)))];
        while let Some((above, pairs)) = waiting.pop() {
            for pair in pairs {
                let path = format!("{above}{}", pair.key);
                waiting.push((format!("{path}/"), units_of(Some(&pair.value))));
                let digits = random.hex(&format!("organizational unit {name}/{path}"), 8);
                units.insert(path, format!("ou-{root_digits}-{digits}").into());
            }
        }
        Some(OrganizationNames { name, id, root: format!("r-{root_digits}").into(), units })
    }

    /// The id of a unit, by its name with those above.
    pub(in crate::scenario) fn unit(&self, path: &str) -> Option<&Arc<str>> {
        self.units.get(path)
    }

    /// The id in the place of the name, in a text that names an organisation.
    pub(super) fn resolve(&self, text: &str) -> Result<Option<String>, Unknown> {
        if text == self.name {
            return Ok(Some(self.id.to_string()));
        }
        if text.starts_with("o-") || text.contains(['*', '?', '$']) {
            return Ok(None);
        }
        Err(Unknown { code: "scenario/unknown-organization", what: "organization", text: text.to_owned(), legal: vec![self.name.clone()] })
    }

    /// Ids in the place of names, in a path such as `corp/root/Workloads/Prod/*`.
    pub(super) fn resolve_path(&self, text: &str) -> Result<Option<String>, Unknown> {
        let mut steps = text.split('/');
        let first = steps.next().unwrap_or_default();
        let mut resolved = vec![self.resolve(first)?.unwrap_or_else(|| first.to_owned())];
        // The names passed so far, as long as all of them are names.
        let mut path = Vec::new();
        for (position, step) in steps.enumerate() {
            if position == 0 && step == ROOT {
                resolved.push(self.root.to_string());
                continue;
            }
            if step.is_empty() || step.starts_with("r-") || step.starts_with("ou-") || step.contains(['*', '?', '$']) {
                resolved.push(step.to_owned());
                continue;
            }
            path.push(step);
            let path = path.join("/");
            let Some(id) = self.units.get(&path) else {
                let legal = self.units.keys().cloned().collect();
                return Err(Unknown { code: "scenario/unknown-unit", what: "organizational unit", text: path, legal });
            };
            resolved.push(id.to_string());
        }
        let resolved = resolved.join("/");
        Ok((resolved != text).then_some(resolved))
    }

    /// Names in the place of ids.
    pub(super) fn readable(&self, text: &str) -> String {
        let mut text = text.replace(&*self.id, &self.name);
        for (path, id) in &self.units {
            let name = path.rsplit('/').next().unwrap_or(path);
            text = text.replace(&**id, name);
        }
        text.replace(&format!("{}/{}", self.name, self.root), &format!("{}/{ROOT}", self.name))
    }
}

/// The units right below the root or a unit.
fn units_of(place: Option<&Node>) -> &[Pair] {
    place.and_then(|place| place.get("units")).and_then(Node::as_mapping).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sources;
    use crate::doc::{Limits, read};

    fn names() -> OrganizationNames {
        let text = "name: corp\nroot: { units: { Workloads: { units: { Prod: {}, Test: {} } }, Sandbox: {} } }\n";
        let node = read(&mut Sources::default(), "world", text, Limits::default()).unwrap();
        OrganizationNames::collect(&node, &Random::new(1)).unwrap()
    }

    #[test]
    fn names_in_a_path_become_ids_and_ids_names_again() {
        let names = names();
        let path = names.resolve_path("corp/root/Workloads/Prod/*").ok().flatten().unwrap();
        let (workloads, prod) = (names.unit("Workloads").unwrap(), names.unit("Workloads/Prod").unwrap());
        assert_eq!(path, format!("{}/{}/{workloads}/{prod}/*", names.id, names.root));
        assert_eq!(names.readable(&path), "corp/root/Workloads/Prod/*");
    }

    #[test]
    fn ids_and_wildcards_stay_and_unknown_names_are_refused() {
        let names = names();
        assert!(matches!(names.resolve_path("o-1234567890/r-ab12/ou-ab12-12345678/*"), Ok(None)));
        assert!(matches!(names.resolve("o-1234567890"), Ok(None)));
        assert!(matches!(names.resolve("o*"), Ok(None)));
        assert!(names.resolve("crop").is_err_and(|unknown| unknown.legal == ["corp"]));
        assert!(names.resolve_path("corp/root/Prod/*").is_err_and(|unknown| unknown.text == "Prod"));
    }
}
