//! Which interfaces a context offers: CoGetObjectContext, CoGetDefaultContext (SYN 11, ACT 9.1).

use crate::error::ContextError;
use uuid::Uuid;

/// Declares the interfaces: name = IID, whether every context has it, documentation.
macro_rules! interfaces {
    ($($(#[$meta:meta])* $name:ident = $iid:literal, $everywhere:literal;)+) => {
        /// An interface of contexts.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ContextInterface {
            $($(#[$meta])* $name,)+
        }

        impl ContextInterface {
            /// Every interface.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its IID.
            pub const fn iid(self) -> Uuid {
                match self { $(Self::$name => Uuid::from_u128($iid),)+ }
            }

            /// Whether a default context offers it, too.
            pub const fn is_everywhere(self) -> bool {
                match self { $(Self::$name => $everywhere,)+ }
            }
        }
    };
}

interfaces! {
    /// IUnknown.
    Unknown = 0x00000000_0000_0000_c000_000000000046, true;
    /// IContext.
    Context = 0x000001c0_0000_0000_c000_000000000046, true;
    /// IObjContext: the context itself; its address is the token.
    ObjContext = 0x000001c6_0000_0000_c000_000000000046, true;
    /// IComThreadingInfo.
    ComThreadingInfo = 0x000001ce_0000_0000_c000_000000000046, true;
    /// IContextCallback.
    ContextCallback = 0x000001da_0000_0000_c000_000000000046, true;
    /// IObjectContext.
    ObjectContext = 0x51372ae0_cae7_11cf_be81_00aa00a2fa25, false;
    /// IObjectContextActivity.
    ObjectContextActivity = 0x51372afc_cae7_11cf_be81_00aa00a2fa25, false;
    /// IObjectContextInfo.
    ObjectContextInfo = 0x75b52ddb_e8ed_11d1_93ad_00aa00ba3258, false;
    /// IObjectContextInfo2.
    ObjectContextInfo2 = 0x594be71a_4bc4_438b_9197_cfd176248b09, false;
    /// IContextState.
    ContextState = 0x3c05e54b_a42a_11d2_afc4_00c04f8ee1c4, false;
    /// IContextProperties.
    ContextProperties = 0xd396da85_bf8f_11d1_bbae_00c04fc2fa5f, false;
    /// IGetContextProperties.
    GetContextProperties = 0x51372af4_cae7_11cf_be81_00aa00a2fa25, false;
}

/// The interface that `iid` names, if a context offers it; a default context offers the basic ones only.
///
/// # Errors
/// [`ContextError::NoInterface`].
pub fn query(iid: Uuid, is_default: bool) -> Result<ContextInterface, ContextError> {
    let known = ContextInterface::ALL.iter().find(|interface| interface.iid() == iid);
    known.copied().filter(|interface| interface.is_everywhere() || !is_default).ok_or(ContextError::NoInterface)
}
