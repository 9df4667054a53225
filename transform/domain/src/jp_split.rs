//! Records of the Japanese lists of approvals, taken apart (R16 i).
//!
//! One record of the PMDA holds several products, dosage forms and companies:
//!
//! ```text
//! マグミット錠100 mg                          承　認
//! 　　同　　錠200 mg                          一　変
//! 　　同　　細粒83 %                          一　変
//! (マグミット製薬㈱、7470001018987)
//! ```
//!
//! Products, statuses and companies are paired by their markers (①, (1), 1))
//! first and by their order second. Where the counts differ they stay unpaired
//! and the record is flagged: nothing is guessed. What form a product has is
//! for the dictionary of forms to say.

mod english;
mod form_words;
mod japanese;
mod pair;
mod text;

use crate::code::coded_enum;

pub use english::split_english;
pub use japanese::split_japanese;

coded_enum! {
    /// What was approved of a product.
    pub enum ApprovalKind {
        /// A new approval (承認).
        Approval = "approval", "批准";
        /// A change of an approval: new indication, dosage or form (一変).
        PartialChange = "partial_change", "部分变更";
        /// An approval in an emergency (特例承認, 緊急承認).
        EmergencyApproval = "emergency_approval", "紧急批准";
    }
}

coded_enum! {
    /// Why a record could not be taken apart in full.
    pub enum SplitFlag {
        /// No product at all.
        NoProduct = "no_product", "无产品";
        /// Products without a company.
        NoCompany = "no_company", "无企业";
        /// Products and statuses differ in number.
        StatusCount = "status_count", "状态数不符";
        /// A status that is not known.
        UnknownStatus = "unknown_status", "未知状态";
        /// Several companies that cannot be told to products.
        CompanyCount = "company_count", "企业数不符";
        /// 同 for a brand stem that cannot be told.
        UnresolvedStem = "unresolved_stem", "词干不明";
        /// Ingredients of several drugs that cannot be told to the products.
        IngredientCount = "ingredient_count", "成分数不符";
        /// Products of one text that cannot be told apart: it is kept whole.
        Undivided = "undivided", "产品未分开";
    }
}

/// A record taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SplitRecord {
    /// In the order of the record.
    pub products: Vec<SplitProduct>,
    /// In the order of the record, each once.
    pub companies: Vec<SplitCompany>,
    /// What is open, each once, in ascending order; empty where all is told.
    pub flags: Vec<SplitFlag>,
}

/// One product of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitProduct {
    /// Name in full, with its form words and strength.
    pub name: String,
    /// None where the statuses could not be paired.
    pub status: Option<ApprovalKind>,
    /// Places in [`SplitRecord::companies`]; empty where not told.
    pub companies: Vec<usize>,
}

/// One company of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitCompany {
    /// Name as written.
    pub name: String,
    /// Corporate number (法人番号), 13 digits.
    pub corporate_number: Option<String>,
}

impl SplitRecord {
    /// Everything is paired.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.flags.is_empty()
    }
}

#[cfg(test)]
mod tests;
