//! The configuration of a domain or an activity object: the properties that `enter` and `activity` share.

use super::{
    Reading,
    partitions::partition_id,
    reader::Reader,
    references::Kind,
    value::{self, Wrong},
};
use crate::model::{PartitionDeclaration, Services};
use complus_core::{
    attribute::{
        Binding, ComtiIntrinsicsConfig, IisIntrinsicsConfig, InheritanceConfig, IsolationLevel, PartitionConfig,
        SxsConfig, SynchronizationConfig, ThreadPool, TrackerConfig, TransactionConfig,
    },
    id::PartitionId,
};
use complus_diagnostic::suggest;
use complus_runtime::ServiceConfig;
use kdl::KdlValue;

/// Reads the properties of `reader` that make a configuration.
pub(super) fn read(
    reader: &mut Reader<'_>,
    reading: &mut Reading<'_>,
    partitions: &[PartitionDeclaration],
) -> Services {
    let mut config = ServiceConfig::new();
    // The inheritance first: it overwrites the others (SWC 2.1), wherever it stands in the file.
    macro_rules! settings {
        ($($key:literal $setting:ident $setter:ident;)+) => {$(
            let read = |it: &KdlValue| value::choice(it, $setting::ALL, $setting::name, $setting::value);
            if let Some((value, _)) = reader.property(reading, $key, read) {
                config = config.$setter(value);
            }
        )+};
    }
    settings! {
        "inheritance" InheritanceConfig inheritance;
        "transaction" TransactionConfig transaction;
        "synchronization" SynchronizationConfig synchronization;
        "isolation" IsolationLevel isolation_level;
        "thread-pool" ThreadPool thread_pool;
        "pool" ThreadPool thread_pool;
        "binding" Binding binding;
        "iis-intrinsics" IisIntrinsicsConfig iis_intrinsics;
        "comti-intrinsics" ComtiIntrinsicsConfig comti_intrinsics;
        "sxs" SxsConfig sxs;
    }
    if let Some((timeout, _)) = reader.property(reading, "timeout", value::duration) {
        config = config.transaction_timeout(timeout);
    }
    if let Some((text, _)) = reader.property(reading, "description", value::text) {
        config = config.transaction_description(&text);
    }
    let (config, partition_id) = partition(config, reader, reading, partitions);
    let sxs_name = reader.property(reading, "sxs-name", value::text).map(|it| it.0);
    let sxs_directory = reader.property(reading, "sxs-directory", value::text).map(|it| it.0);
    let sxs_directory = sxs_directory.map(|it| reading.folder.join(it).to_string_lossy().into_owned());
    let config = sxs_name.iter().fold(config, |config, name| config.sxs_name(name));
    let config = sxs_directory.iter().fold(config, |config, directory| config.sxs_directory(directory));
    let application = reader.property(reading, "tracker", value::text).map(|it| it.0);
    let context = reader.property(reading, "tracker-context", value::text).map(|it| it.0);
    let given = |name: &Option<String>| name.as_ref().is_some_and(|name| !name.is_empty());
    let tracker = (given(&application), given(&context));
    let config = if application.is_some() || context.is_some() {
        config.tracker(TrackerConfig::Use, application.as_deref(), context.as_deref())
    } else {
        config
    };
    let bring = reader.property(reading, "bring", value::text);
    if let Some((name, span)) = &bring {
        reading.references.refer(Kind::Transaction, name, *span);
    }
    let assembly = (sxs_directory, sxs_name);
    Services { config, bring: bring.map(|it| it.0), partition_id, assembly, tracker }
}

/// `partition=` is a setting, or the name of a partition that is then asked for.
fn partition(
    mut config: ServiceConfig,
    reader: &mut Reader<'_>,
    reading: &mut Reading<'_>,
    partitions: &[PartitionDeclaration],
) -> (ServiceConfig, Option<PartitionId>) {
    let mut id = None;
    if let Some(((setting, named), _)) =
        reader.property(reading, "partition", |it| partition_or_setting(it, partitions))
    {
        config = config.partition(setting);
        id = named;
    }
    if let Some((given, _)) = reader.property(reading, "partition-id", partition_id) {
        id = Some(given);
    }
    (id.into_iter().fold(config, ServiceConfig::partition_id), id)
}

fn partition_or_setting(
    value: &KdlValue,
    partitions: &[PartitionDeclaration],
) -> Result<(PartitionConfig, Option<PartitionId>), Wrong> {
    let word = value.as_string().unwrap_or_default();
    if let Some(partition) = partitions.iter().find(|partition| partition.name == word) {
        return Ok((PartitionConfig::New, Some(partition.id)));
    }
    let setting = value::choice(value, PartitionConfig::ALL, PartitionConfig::name, PartitionConfig::value);
    setting.map(|setting| (setting, None)).map_err(|(expected, _)| {
        let names = PartitionConfig::ALL.iter().map(|one| one.name());
        let near = suggest::nearest(word, names.chain(partitions.iter().map(|one| one.name.as_str())));
        (format!("{expected}, or a partition's name"), near.map(|name| format!("did you mean `{name}`?")))
    })
}
