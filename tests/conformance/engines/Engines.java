import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.repository.IRepository;
import ca.uhn.fhir.validation.FhirValidator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.cqframework.cql.cql2elm.CqlCompilerOptions;
import org.cqframework.cql.cql2elm.CqlTranslator;
import org.cqframework.cql.cql2elm.LibraryManager;
import org.cqframework.cql.cql2elm.ModelManager;
import org.cqframework.cql.cql2elm.quick.FhirLibrarySourceProvider;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.instance.model.api.IIdType;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CanonicalType;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.hl7.fhir.r4.model.Resource;
import org.opencds.cqf.fhir.cql.EvaluationSettings;
import org.opencds.cqf.fhir.cql.LibraryEngine;
import org.opencds.cqf.fhir.cr.CrSettings;
import org.opencds.cqf.fhir.cr.plandefinition.PlanDefinitionProcessor;
import org.opencds.cqf.fhir.utility.monad.Eithers;
import org.opencds.cqf.fhir.utility.repository.InMemoryFhirRepository;

/**
 * The engines behind a pipe: one JSON object a line in, one a line out. It judges nothing; Python asserts.
 *
 * What an engine made comes back as the text of its own JSON, so that no decimal passes a float here.
 */
public class Engines {
    private static final FhirContext FHIR = FhirContext.forR4();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, String> PACKAGES = new HashMap<>();
    private static final Map<String, EvaluationSettings> SETTINGS = new HashMap<>();
    private static FhirValidator validator;

    public static void main(String[] args) throws IOException {
        var answers = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.setOut(System.err); // an engine that prints would break the lines
        var questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = questions.readLine()) != null; ) {
            var answer = JSON.createObjectNode();
            try {
                var ask = JSON.readTree(line);
                switch (ask.required("do").asText()) {
                    case "load" -> load(ask);
                    case "apply" -> apply(ask, answer);
                    case "evaluate" -> evaluate(ask, answer);
                    case "validate" -> validate(ask, answer);
                    case "translate" -> translate(ask, answer);
                    default -> throw new IllegalArgumentException("unknown: " + ask.get("do"));
                }
            } catch (Throwable e) {
                var trace = new StringWriter();
                e.printStackTrace(new PrintWriter(trace));
                answer.put("exception", trace.toString());
            }
            answers.println(JSON.writeValueAsString(answer));
        }
    }

    /** Keep a Bundle of definitions under a name; what is compiled from it is kept with it. */
    private static void load(JsonNode ask) {
        var name = ask.required("package").asText();
        PACKAGES.put(name, ask.required("bundle").asText());
        SETTINGS.put(name, EvaluationSettings.getDefault());
    }

    /** PlanDefinition/$apply: as a CarePlan (R4), or as Parameters with one Bundle (the R5 operation). */
    private static void apply(JsonNode ask, ObjectNode answer) {
        var settings = CrSettings.getDefault().withEvaluationSettings(SETTINGS.get(ask.get("package").asText()));
        var engine = new PlanDefinitionProcessor(repository(ask), settings);
        var plan = Eithers.<CanonicalType, IIdType, PlanDefinition>forLeft3(
                new CanonicalType(ask.required("plan").asText()));
        var patient = ask.required("patient").asText();
        IRepository own = null; // null alone would fit two overloads
        IBaseResource result = ask.path("r4").asBoolean()
                ? engine.apply(plan, patient, null, null, null, null, null, null, null, null,
                        null, true, null, null, own, own, own)
                : engine.applyR5(plan, List.of(patient), null, null, null, null, null, null, null, null,
                        null, true, null, null, own, own, own);
        answer.put("result", FHIR.newJsonParser().encodeResourceToString(result));
    }

    /** The values of single CQL expressions, as Parameters. */
    private static void evaluate(JsonNode ask, ObjectNode answer) {
        var names = new HashSet<String>();
        ask.required("expressions").forEach(name -> names.add(name.asText()));
        var engine = new LibraryEngine(repository(ask), SETTINGS.get(ask.get("package").asText()));
        var result = engine.evaluate(ask.required("library").asText(), ask.required("patient").asText(),
                null, null, null, null, names);
        answer.put("result", FHIR.newJsonParser().encodeResourceToString(result));
    }

    /** A fresh one for each question: an order shares its dosages with the definition it is made from. */
    private static IRepository repository(JsonNode ask) {
        var parser = FHIR.newJsonParser();
        var bundle = parser.parseResource(Bundle.class, PACKAGES.get(ask.required("package").asText()));
        for (var resource : ask.required("resources")) {
            bundle.addEntry().setResource((Resource) parser.parseResource(resource.asText()));
        }
        return new InMemoryFhirRepository(FHIR, bundle);
    }

    private static void validate(JsonNode ask, ObjectNode answer) {
        if (validator == null) {
            var module = new FhirInstanceValidator(new ValidationSupportChain(
                    new DefaultProfileValidationSupport(FHIR),
                    new CommonCodeSystemsTerminologyService(FHIR),
                    new InMemoryTerminologyServerValidationSupport(FHIR),
                    new SnapshotGeneratingValidationSupport(FHIR)));
            module.setAnyExtensionsAllowed(false);
            validator = FHIR.newValidator().registerValidatorModule(module);
        }
        var messages = answer.putArray("messages");
        for (var found : validator.validateWithResult(ask.required("text").asText()).getMessages()) {
            messages.addObject()
                    .put("severity", found.getSeverity().getCode())
                    .put("where", found.getLocationString())
                    .put("id", found.getMessageId())
                    .put("text", found.getMessage());
        }
    }

    private static void translate(JsonNode ask, ObjectNode answer) throws IOException {
        var libraries = new LibraryManager(new ModelManager(), CqlCompilerOptions.defaultOptions());
        libraries.getLibrarySourceLoader().registerProvider(new FhirLibrarySourceProvider());
        var translator = CqlTranslator.fromText(ask.required("cql").asText(), libraries);
        var messages = answer.putArray("messages");
        for (var found : translator.getExceptions()) {
            var place = found.getLocator();
            messages.addObject()
                    .put("severity", found.getSeverity().name())
                    .put("where", place == null ? null : place.toLocator())
                    .put("text", found.getMessage());
        }
        Files.writeString(Path.of(ask.required("elm").asText()), translator.toJson());
    }
}
