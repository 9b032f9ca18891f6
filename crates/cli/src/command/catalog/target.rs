//! Objects by their names: `Meridian Bank`, `Meridian.Transfer/ITransfer/Move`, `Meridian Bank/Teller`, `machine`.

use complus_catalog::{Node, Path, Step, schema::CollectionId};

/// An object with the way to it.
pub(super) struct Target<'r> {
    pub(super) node: &'r Node,
    /// The object is the last step.
    pub(super) path: Path,
}

fn called(node: &Node, name: &str) -> bool {
    let same = |text: String| text.to_lowercase() == name.to_lowercase();
    let key = node.record.key().to_string();
    same(node.record.name()) || same(key.trim_matches(['{', '}']).to_string()) || same(key)
}

fn step(collection: CollectionId, node: &Node) -> Step {
    Step { collection, key: node.record.key().to_value() }
}

/// Finds an object. A component may stand without its application.
pub(super) fn find<'r>(root: &'r Node, name: &str) -> Result<Target<'r>, String> {
    let (first, rest) = name.split_once('/').map_or((name, None), |(first, rest)| (first, Some(rest)));
    let mut found = top(root, first);
    if found.is_empty() {
        found = components(root, first);
    }
    let mut found = found.into_iter();
    let target = match (found.next(), found.next()) {
        (Some(target), None) => target,
        (Some(_), Some(_)) => return Err(format!("`{first}` is ambiguous; begin with the application")),
        (None, _) => return Err(format!("there is no `{first}` in the catalog")),
    };
    down(target, rest)
}

fn top<'r>(root: &'r Node, name: &str) -> Vec<Target<'r>> {
    if name.eq_ignore_ascii_case("machine") {
        let node = root.machine();
        return vec![Target { node, path: vec![step(CollectionId::LocalComputer, node)] }];
    }
    let items = root.all_below().flat_map(|(id, items)| items.iter().map(move |node| (id, node)));
    let named = items.filter(|(id, node)| *id != CollectionId::LocalComputer && called(node, name));
    named.map(|(id, node)| Target { node, path: vec![step(id, node)] }).collect()
}

fn components<'r>(root: &'r Node, name: &str) -> Vec<Target<'r>> {
    let of = |application: &'r Node| {
        let components = application.below(CollectionId::Components).iter();
        components.map(move |node| (application, node))
    };
    let all = root.applications().iter().flat_map(|application| of(application));
    all.filter(|(_, node)| called(node, name))
        .map(|(application, node)| Target {
            node,
            path: vec![step(CollectionId::Applications, application), step(CollectionId::Components, node)],
        })
        .collect()
}

fn down<'r>(mut target: Target<'r>, rest: Option<&str>) -> Result<Target<'r>, String> {
    for name in rest.into_iter().flat_map(|rest| rest.split('/')) {
        let items = target.node.all_below().flat_map(|(id, items)| items.iter().map(move |node| (id, node)));
        // interfaces and methods before the roles that are assigned
        let mut named: Vec<_> = items.filter(|(_, node)| called(node, name)).collect();
        named.sort_by_key(|(id, _)| id.schema().add);
        let Some((id, node)) = named.first() else {
            return Err(format!("`{}` has no `{name}`", target.node.record.name()));
        };
        target.path.push(step(*id, node));
        target.node = node;
    }
    Ok(target)
}
