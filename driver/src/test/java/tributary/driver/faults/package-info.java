/**
 * What breaks a run from outside, done to real processes, files and disks; each test ends with the
 * bits of an undisturbed run, or with an exit code and an intact run folder. The slow ones are
 * tagged {@code faults}.
 */
package tributary.driver.faults;
