import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;

/** PDF/UA-1 by veraPDF: the path of a PDF a line in, what was checked and what failed as JSON a line out. */
public class Pdf {

    public static void main(String[] arguments) throws Exception {
        Logger.getLogger("").setLevel(Level.SEVERE);
        VeraGreenfieldFoundryProvider.initialise();
        var json = new ObjectMapper();
        var paths = new BufferedReader(new InputStreamReader(System.in));
        for (String path; (path = paths.readLine()) != null; ) {
            System.out.println(json.writeValueAsString(check(path)));
        }
    }

    private static Map<String, Object> check(String path) throws Exception {
        var failed = new TreeMap<String, String>();
        var foundry = Foundries.defaultInstance();
        try (var file = new FileInputStream(path);
                var parser = foundry.createParser(file, PDFAFlavour.PDFUA_1);
                var validator = foundry.createValidator(PDFAFlavour.PDFUA_1, false)) {
            var result = validator.validate(parser);
            for (TestAssertion assertion : result.getTestAssertions()) {
                var rule = assertion.getRuleId();
                failed.putIfAbsent(
                        rule.getClause() + "-" + rule.getTestNumber(),
                        assertion.getMessage() + " at " + assertion.getLocation().getContext());
            }
            return Map.of(
                    "passed", result.isCompliant(),
                    "checks", result.getTotalAssertions(),
                    "rules", result.getValidationProfile().getRules().size(),
                    "failed", failed);
        }
    }
}
