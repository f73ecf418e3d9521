/** What a run tells while it goes on: metrics for programs, progress for people. Driver only. */
package tributary.driver.report;
