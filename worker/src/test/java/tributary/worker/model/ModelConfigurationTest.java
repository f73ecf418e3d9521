package tributary.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import tributary.worker.model.ModelConfiguration.Kind;

class ModelConfigurationTest {
  @Test
  void readsWhatDl4jWrites() {
    assertThat(ModelConfiguration.parse(TinyNets.stack().json(), "net.json").kind())
        .isEqualTo(Kind.MULTI_LAYER);
    assertThat(ModelConfiguration.parse(TinyNets.graph().json(), "net.json").kind())
        .isEqualTo(Kind.GRAPH);
  }

  @Test
  void refusesClassesThatAreNotDl4jsBeforeLookingForThem() {
    String hostile =
        TinyNets.stack()
            .json()
            .replace(
                "org.nd4j.linalg.activations.impl.ActivationSoftmax",
                "javax.script.ScriptEngineManager");
    assertThatThrownBy(() -> ModelConfiguration.parse(hostile, "net.json"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("Refused the model configuration net.json")
        .hasMessageContaining("[javax.script.ScriptEngineManager]")
        .hasMessageContaining("org.deeplearning4j.nn.");
  }

  @Test
  void saysWhereTextIsNoJson() {
    assertThatThrownBy(() -> ModelConfiguration.parse("{\n\"confs\": [,]}", "net.json"))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("Cannot read the model configuration net.json, line 2: not JSON");
  }

  @Test
  void saysWhatItExpectedOfOtherJson() {
    assertThatThrownBy(() -> ModelConfiguration.parse("{\"layers\": []}", "net.json"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("MultiLayerConfiguration")
        .hasMessageContaining("toJson()");
    assertThatThrownBy(() -> ModelConfiguration.parse("[]", "net.json"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("expected a JSON object, found ARRAY");
  }

  @Test
  void passesOnWhatDl4jItselfRefuses() {
    assertThatThrownBy(() -> ModelConfiguration.parse("{\"confs\": 3}", "net.json"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("DL4J refuses it");
  }

  @Test
  void refusesAClassNameHiddenBehindASecondOfTheSameKey() {
    String hostile =
        TinyNets.stack()
            .json()
            .replaceFirst(
                "\"@class\" *: *\"org.deeplearning4j.nn.conf.layers.DenseLayer\"",
                "\"@class\": \"Evil\", \"@class\":"
                    + " \"org.deeplearning4j.nn.conf.layers.DenseLayer\"");
    assertThat(hostile).contains("Evil");
    assertThatThrownBy(() -> ModelConfiguration.parse(hostile, "net.json"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("Duplicate field '@class'");
  }

  @Test
  void refusesWhatWouldNotTrainToTheSameBits() {
    assertRefused(
        "\"dataType\" : \"FLOAT\"", "\"dataType\" : \"DOUBLE\"", "dataType: expected FLOAT");
    assertRefused("\"seed\" : 5", "\"seed\" : 0", "seed: expected another seed");
    assertRefused(
        "STOCHASTIC_GRADIENT_DESCENT", "LBFGS", "optimizationAlgo: expected STOCHASTIC_GRADIENT");
  }

  @Test
  void refusesAGiantBeforeTakingMemoryForIt() {
    assertRefused(
        "\"nout\" : 16", "\"nout\" : 2000000000", "number of parameters: expected at most");
  }

  private static void assertRefused(String from, String to, String message) {
    String json = TinyNets.stack().json();
    assertThat(json).contains(from);
    ModelConfiguration changed = ModelConfiguration.parse(json.replace(from, to), "net.json");
    assertThatThrownBy(() -> Network.build(changed))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(message);
  }

  @Test
  void countsParametersWithoutBuildingTheNetwork() {
    for (ModelConfiguration model :
        new ModelConfiguration[] {TinyNets.stack(), TinyNets.noisyStack(), TinyNets.graph()}) {
      assertThat(model.parameterCount()).isEqualTo(Network.layoutOf(model).parameterCount());
    }
  }
}
