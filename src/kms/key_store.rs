//! Custom key stores (placeholder).
/// All custom key stores.
#[derive(Clone, Debug, Default)]
pub struct CustomKeyStores {}
impl super::Door<'_> {
    pub(super) fn settle_key_stores(&mut self) {}
}
