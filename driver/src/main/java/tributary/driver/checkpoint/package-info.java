/**
 * Checkpoints: everything a run needs to go on, in files that carry no code and are readable from
 * Python, committed whole or not at all. Driver only.
 */
package tributary.driver.checkpoint;
