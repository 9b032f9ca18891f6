//! `enter`: a service domain.

use super::{Reading, reader::Reader, references::Kind, services, steps, value};
use crate::model::{Enter, PartitionDeclaration};
use kdl::KdlNode;

pub(super) fn read(node: &KdlNode, reading: &mut Reading<'_>, partitions: &[PartitionDeclaration]) -> Option<Enter> {
    let mut reader = Reader::new(node);
    let name = reader.property(reading, "as", value::text);
    if let Some((name, span)) = &name {
        reading.declare(Kind::Domain, name, *span);
    }
    let services = services::read(&mut reader, reading, partitions);
    let body = reader.block();
    reader.finish(reading);
    let body = body.map(|body| steps::read(body, reading, partitions));
    Some(Enter { name: name.map(|it| it.0), services, body })
}
