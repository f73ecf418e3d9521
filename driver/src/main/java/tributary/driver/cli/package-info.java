/** The commands: parse, build, call, exit code. No logic. */
package tributary.driver.cli;
