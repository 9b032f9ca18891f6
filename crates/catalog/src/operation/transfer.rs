//! Applications leave for a file and come back from one (SEC A.10).

use super::{application, copy, partition, usable_partition};
use crate::{
    Administrator, Language,
    node::Node,
    record::Record,
    schema::{CollectionId, application as app, machine, partition as part},
    text,
    value::{Value, ValueRef},
};
use complus_core::{
    attribute::Activation,
    error::{CatalogError, Result},
};
use complus_diagnostic::{FileError, Source};
use complus_sync::Arc;
use std::fmt;
use uuid::Uuid;

/// How an application is exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExportOptions {
    /// With the members of its roles (COMAdminExportUsers).
    pub users: bool,
    /// As a proxy for this machine, without roles (COMAdminExportApplicationProxy).
    pub proxy: bool,
}

/// How an application is installed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstallOptions {
    /// With the members of its roles, as far as the file has them (COMAdminInstallUsers).
    pub users: bool,
    /// The partition, by id or name; without it that of the file, else the global one.
    pub partition: Option<String>,
}

/// What a file says of an application (QueryApplicationFile).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationFile {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Whether its roles have members.
    pub has_users: bool,
    /// Whether it is a proxy.
    pub is_proxy: bool,
}

/// Why nothing was installed.
#[derive(Debug)]
pub enum InstallError {
    /// The file has mistakes.
    File(FileError),
    /// The database refuses it.
    Refused(complus_core::Error),
}

impl InstallError {
    /// The code and its reason; COMADMIN_E_REGFILE_CORRUPT for a file with mistakes.
    pub fn error(&self) -> complus_core::Error {
        match self {
            Self::File(_) => CatalogError::FileCorrupt.into(),
            Self::Refused(error) => *error,
        }
    }
}

impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for InstallError {}

impl From<CatalogError> for InstallError {
    fn from(error: CatalogError) -> Self {
        Self::Refused(error.into())
    }
}

/// A database that holds this application and nothing else but its partition.
fn alone(root: &Node, node: Node) -> Node {
    let mut file = Node::root(root.record.profile());
    if let Some(home) = root.find(CollectionId::Partitions, ValueRef::Guid(node.partition())) {
        let mut home = Node::new(home.record.clone());
        home.push(crate::admin::activators(root));
        file.push(home);
    }
    file.push(node);
    file
}

/// What a proxy is: everything but the roles, and where the server is.
fn as_proxy(root: &Node, node: &mut Node) {
    node.record.set(app::APPLICATION_PROXY, true);
    node.record.set(app::APPLICATION_PROXY_SERVER_NAME, root.machine().get(machine::NAME));
    let roles: Vec<Value> = node.below(CollectionId::Roles).iter().map(|role| role.record.key().to_value()).collect();
    for key in roles {
        let role = crate::node::Step { collection: CollectionId::Roles, key };
        crate::rules::cascade::remove(node, &[role]);
    }
}

impl Administrator {
    /// An application as a file (ExportApplication). Principals stay behind.
    ///
    /// # Errors
    /// COMADMIN_E_CAN_NOT_EXPORT_SYS_APP, COMADMIN_E_CAN_NOT_EXPORT_APP_PROXY, COMADMIN_E_LIB_APP_PROXY_INCOMPATIBLE for a
    /// library application as a proxy, and the codes of [`application`](Self::application).
    pub fn export_application(&self, id_or_name: &str, options: ExportOptions, language: Language) -> Result<String> {
        let view = self.view();
        let id = application(&view, id_or_name)?;
        let found = view.find(CollectionId::Applications, ValueRef::Guid(id)).ok_or(CatalogError::DoesNotExist)?;
        let mut node = (**found).clone();
        let refused = match () {
            () if node.get(app::IS_SYSTEM) => Some(CatalogError::CannotExportSystem),
            () if node.get(app::APPLICATION_PROXY) => Some(CatalogError::CannotExportProxy),
            () if options.proxy && node.get(app::ACTIVATION) == Activation::Library => {
                Some(CatalogError::LibraryAsProxy)
            }
            () => None,
        };
        if let Some(error) = refused {
            return Err(error.into());
        }
        if !options.users {
            copy::without_members(&mut node);
        }
        if options.proxy {
            as_proxy(&view, &mut node);
        }
        Ok(text::write(&alone(&view, node), language, None))
    }

    /// A partition with its applications as a file (ExportPartition).
    ///
    /// # Errors
    /// COMADMIN_E_OBJECT_DOES_NOT_EXIST when there is no such partition, COMADMIN_E_PARTITIONS_DISABLED while they are off.
    pub fn export_partition(&self, id_or_name: &str, options: ExportOptions, language: Language) -> Result<String> {
        let view = self.view();
        let id = partition(&view, id_or_name)?;
        usable_partition(&view, id)?;
        let mut file = Node::root(view.record.profile());
        if let Some(home) = view.find(CollectionId::Partitions, ValueRef::Guid(id)) {
            let mut home = Node::new(home.record.clone());
            home.push(crate::admin::activators(&view));
            file.push(home);
        }
        for node in view.applications().iter().filter(|node| node.partition() == id && !node.get(app::IS_SYSTEM)) {
            let mut node = (**node).clone();
            if !options.users {
                copy::without_members(&mut node);
            }
            file.push(node);
        }
        Ok(text::write(&file, language, None))
    }

    /// Installs the applications of a file, all or none (InstallApplication, InstallPartition). Gives their ids.
    ///
    /// An application keeps its id if that is free. If another partition has it, it gets a new one (O-26).
    ///
    /// # Errors
    /// The mistakes of the file; COMADMIN_E_APPLICATIONEXISTS when the partition has an application of this id or name;
    /// COMADMIN_E_PARTITIONS_DISABLED, COMADMIN_E_INVALID_PARTITION; what else a rule forbids.
    pub fn install_application(&self, file: &Source, options: &InstallOptions) -> Result<Vec<Uuid>, InstallError> {
        let (from, _) = text::read(file).map_err(InstallError::File)?;
        let installed = self.try_write(|root| {
            let mut ids = Vec::new();
            for node in from.applications() {
                let home = match &options.partition {
                    Some(name) => partition(root, name)?,
                    None => node.partition(),
                };
                usable_partition(root, home)?;
                let mut node = with_profile(node, root);
                node.record.set(app::APP_PARTITION_ID, home);
                if !options.users {
                    copy::without_members(&mut node);
                }
                if let Some(other) = root.find(CollectionId::Applications, ValueRef::Guid(node.get(app::ID))) {
                    if other.partition() == home {
                        return Err(CatalogError::ApplicationExists);
                    }
                    let taken = |id: Uuid| root.find(CollectionId::Applications, ValueRef::Guid(id)).is_some();
                    node.record.set(app::ID, self.catalog().new_id(taken));
                }
                ids.push(node.get(app::ID));
                copy::add(root, node)?;
            }
            Ok(ids)
        });
        installed.map_err(Into::into)
    }

    /// What a file says of its applications (QueryApplicationFile2).
    ///
    /// # Errors
    /// The mistakes of the file.
    pub fn query_application_file(&self, file: &Source) -> Result<Vec<ApplicationFile>, FileError> {
        let (root, _) = text::read(file)?;
        let describe = |node: &Arc<Node>| ApplicationFile {
            name: node.get(app::NAME).into(),
            description: node.get(app::DESCRIPTION).into(),
            has_users: node.below(CollectionId::Roles).iter().any(|it| !it.below(CollectionId::UsersInRole).is_empty()),
            is_proxy: node.get(app::APPLICATION_PROXY),
        };
        Ok(root.applications().iter().map(describe).collect())
    }

    /// Makes the partition of an exported one, so that its applications can be installed.
    ///
    /// # Errors
    /// The mistakes of the file; COMADMIN_E_PARTITIONS_DISABLED; COMADMIN_E_OBJECTEXISTS or
    /// COMADMIN_E_CAT_DUPLICATE_PARTITION_NAME when it is there.
    pub fn install_partition(&self, file: &Source, options: &InstallOptions) -> Result<Vec<Uuid>, InstallError> {
        let (from, _) = text::read(file).map_err(InstallError::File)?;
        self.try_write(|root| {
            if !root.machine().get(machine::PARTITIONS_ENABLED) {
                return Err(CatalogError::PartitionsDisabled);
            }
            for home in from.below(CollectionId::Partitions) {
                if root.find(CollectionId::Partitions, ValueRef::Guid(home.get(part::ID))).is_some() {
                    return Err(CatalogError::ObjectExists);
                }
                root.push((**home).clone());
            }
            crate::rules::check_all(root).first().map_or(Ok(()), |violation| Err(violation.error))
        })?;
        self.install_application(file, options)
    }
}

/// The same object with the defaults of another database: values that were defaults are said.
fn with_profile(node: &Node, root: &Node) -> Node {
    let mut record = Record::new(node.record.schema().id, root.record.profile());
    for at in (0..).take(node.record.schema().properties.len()) {
        record.put(at, node.record.value(at).to_value());
    }
    let mut copy = Node::new(record);
    for (_, items) in node.all_below() {
        for item in items {
            copy.push(with_profile(item, root));
        }
    }
    copy
}
