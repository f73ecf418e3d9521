/**
 * A run and its folder: puts dataset, model, engine, loop and listeners together from settings, and
 * takes a run up again from its checkpoints. Driver only.
 */
package tributary.driver.run;
