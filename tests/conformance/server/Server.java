import ca.uhn.fhir.batch2.jobs.config.Batch2JobsConfig;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.config.ThreadPoolFactoryConfig;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.batch2.JpaBatch2Config;
import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binstore.MemoryBinaryStorageSvcImpl;
import ca.uhn.fhir.jpa.cache.IResourceChangeListenerRegistry;
import ca.uhn.fhir.jpa.cache.ResourceChangeListenerRegistryInterceptor;
import ca.uhn.fhir.jpa.config.HapiJpaConfig;
import ca.uhn.fhir.jpa.config.r4.JpaR4Config;
import ca.uhn.fhir.jpa.config.util.HapiEntityManagerFactoryUtil;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.config.SubscriptionSettings;
import ca.uhn.fhir.jpa.model.dialect.HapiFhirH2Dialect;
import ca.uhn.fhir.jpa.packages.IPackageInstallerSvc;
import ca.uhn.fhir.jpa.packages.PackageInstallationSpec;
import ca.uhn.fhir.jpa.provider.IJpaSystemProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.jpa.searchparam.SearchParameterMap;
import ca.uhn.fhir.jpa.subscription.channel.config.SubscriptionChannelConfig;
import ca.uhn.fhir.jpa.subscription.match.config.SubscriptionProcessorConfig;
import ca.uhn.fhir.jpa.subscription.match.deliver.email.IEmailSender;
import ca.uhn.fhir.jpa.subscription.submit.config.SubscriptionSubmitterConfig;
import ca.uhn.fhir.rest.annotation.Operation;
import ca.uhn.fhir.rest.annotation.OperationParam;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import jakarta.persistence.EntityManagerFactory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Properties;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.ServerConnector;
import org.hl7.fhir.r4.model.Base64BinaryType;
import org.hl7.fhir.r4.model.BooleanType;
import org.hl7.fhir.r4.model.CodeType;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.utilities.npm.NpmPackage;
import org.opencds.cqf.fhir.cql.EvaluationSettings;
import org.opencds.cqf.fhir.cr.hapi.common.ElmCacheResourceChangeListener;
import org.opencds.cqf.fhir.cr.hapi.config.RepositoryConfig;
import org.opencds.cqf.fhir.cr.hapi.config.r4.ApplyOperationConfig;
import org.opencds.cqf.fhir.utility.client.TerminologyServerClientSettings;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;

/** A HAPI FHIR R4 server with clinical reasoning: in memory, on loopback, gone when its input closes. */
public class Server {

    public static void main(String[] arguments) throws Exception {
        var context = new AnnotationConfigApplicationContext(Settings.class);
        var servlet = new ServletContextHandler();
        servlet.addServlet(new ServletHolder(context.getBean(RestfulServer.class)), "/fhir/*");
        var web = new org.eclipse.jetty.server.Server();
        var connector = new ServerConnector(web);
        connector.setHost("127.0.0.1");
        connector.setPort(0);
        web.addConnector(connector);
        web.setHandler(servlet);
        web.start();
        System.out.println("{\"port\": " + connector.getLocalPort() + "}");
        System.in.readAllBytes();
        // Nothing is to be kept, and an orderly end of all thread pools takes seconds.
        Runtime.getRuntime().halt(0);
    }

    @Configuration
    @Import({
        JpaR4Config.class,
        HapiJpaConfig.class,
        JpaBatch2Config.class,
        Batch2JobsConfig.class,
        SubscriptionSubmitterConfig.class,
        SubscriptionProcessorConfig.class,
        SubscriptionChannelConfig.class,
        ThreadPoolFactoryConfig.class,
        RepositoryConfig.class,
        ApplyOperationConfig.class
    })
    public static class Settings {

        @Bean
        public RestfulServer restfulServer(
                IFhirSystemDao<?, ?> system,
                IJpaSystemProvider provider,
                ResourceProviderFactory resources,
                DatabaseBackedPagingProvider pages,
                IPackageInstallerSvc installer,
                JpaStorageSettings storage) {
            var server = new RestfulServer(system.getContext());
            server.registerProviders(resources.createProviders());
            server.registerProvider(provider);
            server.registerProvider(new Packages(installer, storage));
            server.setPagingProvider(pages);
            return server;
        }

        @Bean
        public JpaStorageSettings storageSettings() {
            var storage = new JpaStorageSettings();
            // A search answered from the results of the last minute would hide what an import has just written.
            storage.setReuseCachedSearchResultsForMillis(null);
            return storage;
        }

        @Bean
        public DataSource dataSource() {
            var source = new BasicDataSource();
            source.setDriver(new org.h2.Driver());
            source.setUrl("jdbc:h2:mem:ane");
            return source;
        }

        @Bean
        public LocalContainerEntityManagerFactoryBean entityManagerFactory(
                ConfigurableListableBeanFactory beans,
                FhirContext fhir,
                JpaStorageSettings storage,
                DataSource source) {
            var properties = new Properties();
            properties.put("hibernate.dialect", HapiFhirH2Dialect.class.getName());
            properties.put("hibernate.hbm2ddl.auto", "update");
            properties.put("hibernate.search.enabled", "false");
            var factory = HapiEntityManagerFactoryUtil.newEntityManagerFactory(beans, fhir, storage);
            factory.setPersistenceUnitName("ane");
            factory.setDataSource(source);
            factory.setJpaProperties(properties);
            return factory;
        }

        @Bean
        @Primary
        public JpaTransactionManager transactionManager(EntityManagerFactory factory) {
            return new JpaTransactionManager(factory);
        }

        @Bean
        public PartitionSettings partitionSettings() {
            return new PartitionSettings();
        }

        @Bean
        public SubscriptionSettings subscriptionSettings() {
            return new SubscriptionSettings();
        }

        @Bean
        public IBinaryStorageSvc binaryStorage() {
            return new MemoryBinaryStorageSvcImpl();
        }

        @Bean
        public IEmailSender emailSender() {
            return details -> {};
        }

        @Bean
        public EvaluationSettings evaluationSettings() {
            return EvaluationSettings.getDefault();
        }

        /** As the HAPI JPA starter does: without it a server would go on with the CQL that it has compiled. */
        @Bean
        public ElmCacheResourceChangeListener compiledLibraries(
                IResourceChangeListenerRegistry changes, DaoRegistry resources, EvaluationSettings evaluation) {
            var listener = new ElmCacheResourceChangeListener(resources, evaluation.getLibraryCache());
            changes.registerResourceResourceChangeListener(
                    "Library", RequestPartitionId.allPartitions(), SearchParameterMap.newSynchronous(), listener, 1000);
            return listener;
        }

        @Bean
        public ResourceChangeListenerRegistryInterceptor changeInterceptor() {
            return new ResourceChangeListenerRegistryInterceptor();
        }

        @Bean
        public TerminologyServerClientSettings terminologyServerClientSettings() {
            return TerminologyServerClientSettings.getDefault();
        }
    }

    /**
     * The operation of the HAPI JPA starter under the same name; what the starter takes from its settings file
     * (which types to install, whether drafts are refused) is a parameter here.
     */
    public static class Packages {
        private final IPackageInstallerSvc installer;
        private final JpaStorageSettings storage;

        Packages(IPackageInstallerSvc installer, JpaStorageSettings storage) {
            this.installer = installer;
            this.storage = storage;
        }

        @Operation(name = "$install", typeName = "ImplementationGuide")
        public Parameters install(
                @OperationParam(name = "npmContent", min = 1) Base64BinaryType content,
                @OperationParam(name = "installResourceTypes") List<CodeType> types,
                @OperationParam(name = "refuseDrafts", min = 1) BooleanType refuseDrafts)
                throws IOException {
            var contents = NpmPackage.fromPackage(new ByteArrayInputStream(content.getValue()));
            var wanted = new PackageInstallationSpec()
                    .setName(contents.name())
                    .setVersion(contents.version())
                    .setPackageContents(content.getValue())
                    .setFetchDependencies(false)
                    .setInstallMode(PackageInstallationSpec.InstallModeEnum.STORE_AND_INSTALL);
            if (types != null) {
                types.forEach(type -> wanted.addInstallResourceTypes(type.getValue()));
            }
            storage.setValidateResourceStatusForPackageUpload(refuseDrafts.booleanValue());
            var installed = new Parameters();
            installer.install(wanted)
                    .getResourcesInstalled()
                    .forEach((type, count) -> installed.addParameter(type, new IntegerType(count)));
            return installed;
        }
    }
}
