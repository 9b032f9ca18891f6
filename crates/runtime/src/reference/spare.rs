//! spare
use super::proxy::Proxy;
use complus_sync::Arc;
pub(super) fn let_go(proxy: Arc<Proxy>) {
    drop(proxy);
}
