//! The cron jobs of all sources, run by tokio-cron-scheduler. A job whose time
//! has come rings; what that means is the agenda's to say.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedSender;
use tokio_cron_scheduler::{Job, JobScheduler};
use tracing::debug;

use super::agenda::Plan;
use super::schedule::Schedule;

/// Longest wait for the scheduler to take all jobs.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a job is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bell {
    /// The regular crawl of a source.
    Crawl,
    /// A poll of its feed of changes.
    Feed,
}

/// A job's time has come: the source, and what for.
pub type Ring = (String, Bell);

/// The scheduler and the jobs in it.
pub struct Timetable {
    scheduler: JobScheduler,
    jobs: Vec<Job>,
    /// Of each job, with its zone's offset from UTC when it was made.
    schedules: Vec<(Schedule, i32)>,
    rings: UnboundedSender<Ring>,
}

impl Timetable {
    /// Starts a scheduler without jobs, whose jobs will ring here.
    pub async fn start(rings: UnboundedSender<Ring>) -> anyhow::Result<Self> {
        let scheduler = JobScheduler::new().await.context("the scheduler cannot be made")?;
        scheduler.start().await.context("the scheduler cannot be started")?;
        Ok(Self { scheduler, jobs: Vec::new(), schedules: Vec::new(), rings })
    }

    /// Removes the jobs there are and adds those of these plans.
    ///
    /// # Errors
    /// When the scheduler refuses, or does not answer: it is of no use then.
    pub async fn arm(
        &mut self,
        plans: &BTreeMap<String, Plan>,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        tokio::time::timeout(PATIENCE, self.replace(plans, now))
            .await
            .context("the scheduler does not answer")?
    }

    async fn replace(
        &mut self,
        plans: &BTreeMap<String, Plan>,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        for job in std::mem::take(&mut self.jobs) {
            let removed = self.scheduler.remove(&job.guid()).await;
            removed.context("a job cannot be removed from the scheduler")?;
        }
        self.schedules.clear();
        for (source, plan) in plans {
            self.add(source, Bell::Crawl, &plan.crawl, now).await?;
            if let Some(feed) = &plan.feed {
                self.add(source, Bell::Feed, feed, now).await?;
            }
        }
        Ok(())
    }

    /// The clocks were changed in the zone of a job. The scheduler keeps the
    /// offset that was in force when a job was made: without new jobs, summer
    /// time would shift every schedule by an hour.
    pub fn outdated(&self, now: Timestamp) -> bool {
        self.schedules.iter().any(|(schedule, offset)| schedule.offset(now) != *offset)
    }

    async fn add(
        &mut self,
        source: &str,
        bell: Bell,
        schedule: &Schedule,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let (rings, ring) = (self.rings.clone(), (source.to_owned(), bell));
        let job = Job::new_async_tz(schedule.cron(), schedule.zone(), move |_, _| {
            let (rings, ring) = (rings.clone(), ring.clone());
            Box::pin(async move {
                if rings.send(ring).is_err() {
                    debug!("a job rang while the daemon stops");
                }
            })
        })
        .with_context(|| format!("{source}: no job can be made of {:?}", schedule.cron()))?;
        self.scheduler
            .add(job.clone())
            .await
            .with_context(|| format!("{source}: its job cannot be added to the scheduler"))?;
        self.jobs.push(job);
        self.schedules.push((schedule.clone(), schedule.offset(now)));
        Ok(())
    }
}

#[cfg(test)]
#[path = "timetable_tests.rs"]
mod tests;
