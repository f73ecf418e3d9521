package tributary.worker.engine;

/**
 * What one step reports.
 *
 * @param loss mean loss over the minibatch in nats, regularisation included, before the update
 */
public record StepResult(double loss) {}
