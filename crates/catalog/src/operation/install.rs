//! Classes enter an application: installed with their interfaces, or imported without (SEC A.9).

use super::{application, of_application};
use crate::{
    Administrator,
    node::{Node, Step},
    record::Record,
    rules::{
        self, Fault, Place,
        gate::{self, Intent},
        keys, own,
    },
    schema::{CollectionId, Field, class, component as comp, interface, method},
    value::{Stored, Text, Value, ValueRef},
};
use complus_core::{
    CatalogDefaults,
    attribute::ThreadingModel,
    error::{CatalogError, Result},
    rules::coherence::Services,
};
use uuid::Uuid;

/// What a module tells of a class: the emulator's form of a DLL with a type library.
///
/// ```
/// use complus_catalog::{ClassDescriptor, InterfaceDescriptor, MethodDescriptor, schema::component};
/// use complus_core::attribute::{ThreadingModel, TransactionAttribute};
/// let account = ClassDescriptor::new("7f1c8b52-6a0e-4c3a-9d7b-2f5d6e8a9b01".parse().unwrap(), "Bank.Account")
///     .factory("bank::account")
///     .threading_model(ThreadingModel::Both)
///     .attribute(component::TRANSACTION, TransactionAttribute::Required)
///     .interface(
///         InterfaceDescriptor::new("7f1c8b52-6a0e-4c3a-9d7b-2f5d6e8a9b02".parse().unwrap(), "IAccount")
///             .method(MethodDescriptor { index: 3, name: "Debit", in_only: true, auto_complete: true }),
///     );
/// ```
#[derive(Clone, Debug)]
pub struct ClassDescriptor {
    clsid: Uuid,
    progid: String,
    values: Vec<(u8, Value)>,
    /// An attribute was given that no component has.
    foreign: bool,
    interfaces: Vec<InterfaceDescriptor>,
}

/// An interface of a [`ClassDescriptor`].
#[derive(Clone, Debug)]
pub struct InterfaceDescriptor {
    iid: Uuid,
    name: String,
    methods: Vec<(i32, String, bool, bool)>,
}

/// A method of an [`InterfaceDescriptor`].
#[derive(Clone, Copy, Debug)]
pub struct MethodDescriptor<'a> {
    /// Its place in the interface, counted with the inherited ones.
    pub index: i32,
    /// Its name.
    pub name: &'a str,
    /// Whether it only takes arguments, so that it can be queued.
    pub in_only: bool,
    /// The initial value of the done flag.
    pub auto_complete: bool,
}

impl InterfaceDescriptor {
    /// An interface without methods.
    pub fn new(iid: Uuid, name: &str) -> Self {
        Self { iid, name: name.into(), methods: Vec::new() }
    }

    /// Adds a method.
    #[must_use]
    pub fn method(mut self, method: MethodDescriptor<'_>) -> Self {
        self.methods.push((method.index, method.name.into(), method.in_only, method.auto_complete));
        self
    }
}

impl ClassDescriptor {
    /// A class without interfaces.
    pub fn new(clsid: Uuid, progid: &str) -> Self {
        Self { clsid, progid: progid.into(), values: Vec::new(), foreign: false, interfaces: Vec::new() }
    }

    /// The key of the factory that makes its objects.
    #[must_use]
    pub fn factory(self, key: &str) -> Self {
        self.attribute(comp::DLL, key)
    }

    /// Its threading model.
    #[must_use]
    pub fn threading_model(self, model: ThreadingModel) -> Self {
        self.attribute(comp::THREADING_MODEL, model)
    }

    /// Makes it an event class.
    #[must_use]
    pub fn event_class(self) -> Self {
        self.attribute(comp::IS_EVENT_CLASS, true)
    }

    /// Presets an attribute of the component.
    #[must_use]
    pub fn attribute<T: Stored>(mut self, field: Field<T>, value: T::View<'_>) -> Self {
        self.foreign |= !field.is_of(&comp::PROPERTIES);
        self.values.push((field.at, T::store(value)));
        self
    }

    /// Adds an interface.
    #[must_use]
    pub fn interface(mut self, interface: InterfaceDescriptor) -> Self {
        self.interfaces.push(interface);
        self
    }

    /// The component that it becomes, its services brought into line.
    fn component(&self, profile: CatalogDefaults) -> Result<Node, CatalogError> {
        if self.foreign {
            return Err(CatalogError::UnknownProperty);
        }
        let mut record = Record::new(CollectionId::Components, profile);
        record.set(comp::CLSID, self.clsid);
        record.set(comp::PROG_ID, &self.progid);
        for (at, value) in &self.values {
            record.put(*at, value.clone());
        }
        let mut node = Node::new(record);
        let settled = Services::DEFAULT.settle(own::services(&node)).map_err(|_| CatalogError::PropertySaveFailed)?;
        node.record.set(comp::JUST_IN_TIME_ACTIVATION, settled.just_in_time);
        node.record.set(comp::SYNCHRONIZATION, settled.synchronization);
        for described in &self.interfaces {
            let mut record = Record::new(CollectionId::InterfacesForComponent, profile);
            record.set(interface::IID, described.iid);
            record.set(interface::NAME, &described.name);
            let mut below = Node::new(record);
            for (index, name, in_only, auto_complete) in &described.methods {
                let mut record = Record::new(CollectionId::MethodsForInterface, profile);
                record.set(method::INDEX, *index);
                record.set(method::NAME, name);
                record.set(method::IN_ONLY, *in_only);
                record.set(method::AUTO_COMPLETE, *auto_complete);
                below.push(Node::new(record));
            }
            below.settle();
            node.push(below);
        }
        node.settle();
        Ok(node)
    }
}

/// Puts a component into an application, if the rules allow it.
pub(super) fn put(root: &mut Node, application: Uuid, component: Node) -> Result<(), CatalogError> {
    let path = of_application(application);
    let above = root.chain(&path).ok_or(CatalogError::DoesNotExist)?;
    gate::check(&above, &component, Intent::Add)?;
    for (at, property) in (0..).zip(component.record.schema().properties) {
        let set = !component.record.is_default(at);
        let error = if set { rules::range_fault(property, component.record.value(at)) } else { None };
        error.map_or(Ok(()), Err)?;
    }
    let key = component.record.key().to_value();
    root.change(&path, |node| node.push(component));
    let path: Vec<_> = path.into_iter().chain([Step { collection: CollectionId::Components, key }]).collect();
    let chain = root.chain(&path).ok_or(CatalogError::DoesNotExist)?;
    let siblings = chain[1].below(CollectionId::Components);
    let mut faults: Vec<Fault> = keys::check(Place::new(&chain), siblings);
    rules::check_below(root, &path, &mut |_, fault| faults.push(fault));
    faults.first().map_or(Ok(()), |fault| Err(fault.error))
}

impl Administrator {
    /// Installs a class as a component of an application, given by id or name (InstallComponent).
    ///
    /// # Errors
    /// COMADMIN_E_OBJECT_DOES_NOT_EXIST and COMADMIN_E_AMBIGUOUS_APPLICATION_NAME for the application;
    /// COMADMIN_E_COMPFILE_NOTINSTALLABLE without an interface, COMADMIN_E_COMPONENTEXISTS when the partition configures
    /// the class already, COMADMIN_E_PROGIDINUSEBYCLSID, COMADMIN_E_NOTCHANGEABLE, COMADMIN_E_PROPERTYSAVEFAILED, and what
    /// else a component can break.
    pub fn install_component(&self, application: &str, class: &ClassDescriptor) -> Result<()> {
        self.install_components(application, std::slice::from_ref(class))
    }

    /// Installs several classes, all or none (InstallMultipleComponents).
    ///
    /// # Errors
    /// As for [`install_component`](Self::install_component).
    pub fn install_components(&self, into: &str, classes: &[ClassDescriptor]) -> Result<()> {
        let installed = self.try_write(|root| {
            let id = application(root, into)?;
            for class in classes {
                if class.interfaces.is_empty() {
                    return Err(CatalogError::NotInstallable);
                }
                let component = class.component(root.record.profile())?;
                put(root, id, component)?;
            }
            Ok(())
        });
        installed.map_err(Into::into)
    }

    /// Registers a class that is in no application, as the module's own registration does.
    ///
    /// # Errors
    /// COMADMIN_E_OBJECTEXISTS when it is registered.
    pub fn register_class(&self, class: &ClassDescriptor) -> Result<()> {
        let registered = self.try_write(|root| {
            if root.find(CollectionId::InprocServers, ValueRef::Guid(class.clsid)).is_some() {
                return Err(CatalogError::ObjectExists);
            }
            let described = class.component(root.record.profile())?;
            let mut record = Record::new(CollectionId::InprocServers, root.record.profile());
            record.set(class::CLSID, class.clsid);
            record.set(class::PROG_ID, &class.progid);
            record.set(class::INPROC_SERVER_32, described.get(comp::DLL));
            record.set(class::THREADING_MODEL, described.get(comp::THREADING_MODEL));
            root.push(Node::new(record));
            Ok(())
        });
        registered.map_err(Into::into)
    }

    /// Makes a registered class a component without interfaces (ImportComponent): no roles on interfaces and
    /// methods, no queues.
    ///
    /// # Errors
    /// COMADMIN_E_NOTINREGISTRY when the class is not registered, COMADMIN_E_CAT_IMPORTED_COMPONENTS_NOT_ALLOWED outside the
    /// global partition, and the codes of [`install_component`](Self::install_component).
    pub fn import_component(&self, into: &str, clsid: Uuid) -> Result<()> {
        let imported = self.try_write(|root| {
            let id = application(root, into)?;
            let found = root.find(CollectionId::InprocServers, ValueRef::Guid(clsid)).cloned();
            let registered = found.ok_or(CatalogError::NotInRegistry)?;
            let home = root.find(CollectionId::Applications, ValueRef::Guid(id)).map(|node| node.partition());
            if home.is_some_and(|home| home.as_u128() != crate::schema::GLOBAL_PARTITION) {
                return Err(CatalogError::ImportedNotAllowed);
            }
            let mut record = Record::new(CollectionId::Components, root.record.profile());
            record.set(comp::CLSID, clsid);
            let texts: [(Field<Text>, Field<Text>); 2] =
                [(class::PROG_ID, comp::PROG_ID), (class::INPROC_SERVER_32, comp::DLL)];
            for (from, to) in texts {
                record.set(to, registered.get(from));
            }
            record.set(comp::THREADING_MODEL, registered.get(class::THREADING_MODEL));
            root.below_mut(CollectionId::InprocServers).retain(|node| node.get(class::CLSID) != clsid);
            put(root, id, Node::new(record))
        });
        imported.map_err(Into::into)
    }
}
