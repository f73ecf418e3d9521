/**
 * One round on one replica: the plan that says which examples, the local steps, and evaluation. All
 * of it is a pure function of parameters, plan and data, so a retried task gives the same bytes.
 */
package tributary.worker.train;
