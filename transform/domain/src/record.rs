//! Records and companies as the rules see them: numbers and roles (R1, R3).

use crate::code::coded_enum;

/// A record of any kind (R1). The caller numbers its records; where rules say
/// "the smallest record", this number decides, so it must follow an order
/// that is stable from run to run.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct RecordId(pub u32);

/// A standard company (R7).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct CompanyId(pub u32);

/// A corporate group (R8).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct GroupId(pub u32);

/// The row of a curated decision, with its author and reason (R29).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct ReasonId(pub u32);

/// A company in the role that one record gives it (R3).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Party {
    /// What the company is to the record.
    pub role: Role,
    /// The standard company.
    pub company: CompanyId,
    /// Its corporate group, where known.
    pub group: Option<GroupId>,
}

coded_enum! {
    /// What a company is to a record (R3).
    pub enum Role {
        /// Marketing authorisation holder.
        Holder = "holder", "上市许可持有人";
        /// Manufacturer.
        Manufacturer = "manufacturer", "生产单位";
        /// Applicant of a registration.
        Applicant = "applicant", "申请单位";
        /// Sponsor of a trial.
        Sponsor = "sponsor", "申办者";
        /// A company that had one of these roles before (R13).
        Historical = "historical", "历史企业";
    }
}

coded_enum! {
    /// The three kinds of record (R1).
    pub enum RecordKind {
        /// A product on a market.
        Listing = "listing", "上市药品";
        /// One acceptance number.
        Registration = "registration", "注册申请";
        /// One number of a trial registry.
        Trial = "trial", "临床试验";
    }
}

coded_enum! {
    /// Whose regulator a record comes from.
    pub enum Region {
        /// China.
        Cn = "CN", "中国";
        /// European Union.
        Eu = "EU", "欧盟";
        /// Japan.
        Jp = "JP", "日本";
        /// United States.
        Us = "US", "美国";
    }
}
