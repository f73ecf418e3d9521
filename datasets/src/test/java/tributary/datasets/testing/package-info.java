/**
 * Fixtures that the tests of all modules share: real data through {@link
 * tributary.datasets.testing.FashionMnist}, hand-made datasets through {@link
 * tributary.datasets.testing.HandMade}. Depends on the dataset module's public types only.
 */
package tributary.datasets.testing;
