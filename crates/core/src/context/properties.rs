//! Properties that few contexts carry: assembly, tracker names, named properties.

use alloc::{collections::BTreeMap, string::String};

/// The side-by-side assembly that a context sees (SWC 6.3). A property only: nothing is bound by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideBySide {
    /// Directory of the manifest.
    pub directory: String,
    /// Name of the manifest file; `None` is the default file name.
    pub name: Option<String>,
}

impl SideBySide {
    /// The manifest's file name: the extension is added unless it is there already.
    pub fn manifest(&self) -> String {
        let name = self.name.as_deref().filter(|name| !name.is_empty()).unwrap_or("application");
        let mut file = String::from(name);
        if !name.to_ascii_lowercase().ends_with(".manifest") {
            file.push_str(".manifest");
        }
        file
    }

    /// ICheckSxsConfig::IsSameSxsConfig: same manifest file in the same directory, letter case and a
    /// trailing separator aside.
    pub fn is_same(&self, name: Option<&str>, directory: &str) -> bool {
        let other = Self { directory: directory.into(), name: name.map(Into::into) };
        let trim = |directory: &str| String::from(directory.trim_end_matches(['/', '\\'])).to_ascii_lowercase();
        self.manifest().eq_ignore_ascii_case(&other.manifest()) && trim(&self.directory) == trim(directory)
    }
}

/// The names under which a domain's work is reported (SWC 6.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracker {
    /// Application name; the work is reported under it.
    pub application: String,
    /// Context name.
    pub context: String,
}

/// What decides whether a property flows into a new context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropertyKind {
    /// One of the five IIS objects: the IIS intrinsics setting.
    Iis,
    /// The COMTI object: the COMTI intrinsics setting.
    Comti,
    /// Any other name: the inheritance setting.
    Custom,
}

impl PropertyKind {
    /// The kind of the property called `name`.
    pub fn of(name: &str) -> Self {
        const IIS: [&str; 5] = ["Application", "Request", "Response", "Server", "Session"];
        if IIS.iter().any(|iis| iis.eq_ignore_ascii_case(name)) {
            Self::Iis
        } else if name.eq_ignore_ascii_case("host-security-callback.cedar.microsoft.com") {
            Self::Comti
        } else {
            Self::Custom
        }
    }
}

/// Context properties by name, intrinsics among them; names differ by more than letter case (ACT 1.3, 9.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserProperties(BTreeMap<String, (String, String)>);

impl UserProperties {
    /// Number of properties.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_lowercase()).map(|(_, value)| value.as_str())
    }

    /// Sets or replaces `name`.
    pub fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_lowercase(), (name.into(), value.into()));
    }

    /// Removes `name`; tells whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        self.0.remove(&name.to_lowercase()).is_some()
    }

    /// Whether there is a property of this kind.
    pub fn has(&self, kind: PropertyKind) -> bool {
        self.names().any(|name| PropertyKind::of(name) == kind)
    }

    /// Those that flow: whose kind `flows`.
    #[must_use]
    pub fn flowing(&self, flows: impl Fn(PropertyKind) -> bool) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(key, _)| flows(PropertyKind::of(key)))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect(),
        )
    }

    /// Names as they were written, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_extension_is_added_once() {
        let assembly = |name: &str| SideBySide { directory: "/a".into(), name: Some(name.into()) };
        assert_eq!(assembly("bank").manifest(), "bank.manifest");
        assert_eq!(assembly("bank.manifest").manifest(), "bank.manifest");
        assert!(assembly("bank").is_same(Some("BANK.manifest"), "/A/"));
        assert!(!assembly("bank").is_same(Some("bank"), "/b"));
    }

    #[test]
    fn property_names_ignore_letter_case_and_keep_their_spelling() {
        let mut properties = UserProperties::default();
        properties.set("Color", "red");
        properties.set("COLOR", "blue");
        assert_eq!(properties.get("color"), Some("blue"));
        assert_eq!(properties.names().collect::<alloc::vec::Vec<_>>(), ["COLOR"]);
        assert!(properties.remove("cOLOR") && properties.is_empty());
    }
}
