#include "open_data.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "descriptors.hpp"
#include "files.hpp"

namespace minben::app {

namespace {

constexpr milliseconds link_patience{10'000};
constexpr std::size_t largest_link_answer = 64u << 10;
constexpr std::string_view hook_job = "streams.hook_disabled";

net::ClientConfig link_client() {
  net::ClientConfig client;
  client.server_ca_pem = "/etc/ssl/certs/ca-certificates.crt";
  client.timeout_ms = link_patience;
  client.max_response_bytes = largest_link_answer;
  client.max_idle_connections = 0;
  return client;
}

voices::Config voices_config(const Config& config, const Platform& platform) {
  voices::Config made;
  made.origin = config.origin;
  made.working_days = [&calendar = platform.calendar()](const AgencyCode& agency, Date from,
                                                        int count) {
    return calendar.of(agency).add_working_days(from, count);
  };
  return made;
}

}  // namespace

std::filesystem::path tables_directory(const Config& config) {
  return config.tables.empty() ? config.state / "tables" : config.tables;
}

Result<harvest::Config> harvest_settings(const Config& config) {
  harvest::Config made;
  made.fetcher.user_agent = "minben-harvest (+" + config.origin + ")";
  for (const std::string& text : config.harvest_networks) {
    MINBEN_TRY(network, net::Network::parse(text));
    made.fetcher.networks.push_back(std::move(network));
  }
  return made;
}

quality::Config quality_settings(const Config& config) {
  quality::Config made;
  made.origin = config.origin;
  made.fetcher.user_agent = "minben-quality (+" + config.origin + ")";
  return made;
}

OpenData::OpenData(const Config& config, Platform& platform, const Clock& clock, Random& random)
    : platform_(platform),
      origin_(config.origin),
      catalogue_(clock, random),
      atlas_(program_directory() / "share" / "boundaries"),
      links_(link_client(), {}),
      voices_(std::make_unique<voices::Voices>(
          voices::Parts{platform.database(), clock, random, platform.identity(), catalogue_},
          voices_config(config, platform))),
      uses_(platform.database(), clock) {
  platform.identity().on_account_ended([this](store::Transaction& tx, PersonId person) {
    return voices_->account_ended(tx, person);
  });
}

Result<std::unique_ptr<OpenData>> OpenData::open(const Config& config, Platform& platform,
                                                 const Clock& clock, Random& random) {
  std::unique_ptr<OpenData> made(new OpenData(config, platform, clock, random));
  MINBEN_TRY(index, catalogue::Index::open(config.state / "catalogue-index"));
  made->index_ = std::move(index);
  MINBEN_TRY(moved, platform.database().transact([&](store::Transaction& tx) {
    return made->catalogue_.move_to(tx, config.origin);
  }));
  if (moved > 0) spdlog::info("{} datasets have their addresses at {} now", moved, config.origin);
  datastore::Config tables;
  tables.directory = tables_directory(config);
  if (auto fit = datastore::check_directory(tables.directory); !fit) return fail(fit.error());
  MINBEN_TRY(datastore, datastore::Datastore::open(tables, platform.database(), clock, random));
  made->tables_ = std::move(datastore);
  MINBEN_TRY(missing, datastore::missing_tables(platform.database(), tables.directory));
  if (missing > 0)
    spdlog::error("{} tables have no rows in {}: do all nodes share it? (docs/datastore.md)",
                  missing, tables.directory.string());
  MINBEN_TRY(uploads, uploads::Uploads::open({.directory = tables.directory / ".uploads"},
                                             platform.database(), *made->tables_, clock, random));
  made->uploads_ = std::move(uploads);
  made->open_live(config, clock, random);
  MINBEN_TRY(harvest, harvest_settings(config));
  made->harvester_ = std::make_unique<harvest::Harvester>(platform.database(), made->catalogue_,
                                                          clock, random, std::move(harvest));
  made->quality_ = std::make_unique<quality::Quality>(
      quality::Parts{platform.database(), made->catalogue_, *made->tables_, clock, random},
      quality_settings(config));
  return made;
}

void OpenData::open_live(const Config& config, const Clock& clock, Random& random) {
  streams::LiveConfig settings;
  settings.feed.origin = config.origin;
  // Pages and calls have to find a place, too.
  settings.feed.max_followers = connections_allowed() * 3 / 4;
  settings.hooks.origin = config.origin;
  settings.hooks.fetcher.user_agent = "minben-webhook (+" + config.origin + ")";
  settings.hooks.on_disabled = [](store::Transaction& tx,
                                  const streams::Hook& hook) -> Result<void> {
    if (hook.owner.person.is_nil()) return {};  // programs see it by the interface
    return store::enqueue(tx, {std::string(hook_job), to_string(hook.id),
                               JsonObject{{"person", to_string(hook.owner.person)}}});
  };
  live_ = std::make_unique<streams::Live>(platform_.database(), catalogue_, *tables_,
                                          platform_.keys(), clock, random, std::move(settings));
  platform_.identity().on_account_ended([this](store::Transaction& tx, PersonId person) {
    return live_->hooks().account_ended(tx, person);
  });
}

/// The mail holds a link only: the address of the webhook may be a secret.
Result<void> OpenData::tell_of_disabled_hook(store::Transaction& tx, const store::Job& job) const {
  MINBEN_TRY(person, PersonId::parse(string_or(job.payload, "person")));
  MINBEN_TRY(contacts, platform_.identity().contacts(tx, person));
  for (const auto& [email, language] : contacts) {
    const std::string link =
        fmt::format("{}/{}/my-open-data/webhooks", origin_, language_tag(language));
    const bool chinese = language == Language::zh_hant;
    const std::string text =
        chinese ? fmt::format(
                      "您的 Webhook "
                      "位址連續三天沒有回應，已停用。修復後可以從停下的地方繼續接收：\n\n{}\n",
                      link)
                : fmt::format(
                      "The address of your webhook has not answered for three days, so it is "
                      "switched off. "
                      "Once it is repaired it can go on where it stopped:\n\n{}\n",
                      link);
    MINBEN_CHECK(platform_.send_mail(
        {email, chinese ? "您的 Webhook 已停用" : "Your webhook is switched off", text}));
  }
  return {};
}

/// Without its content: whether it answers is all that is asked.
Result<int> OpenData::ask_link(const std::string& url) const {
  MINBEN_TRY(response, links_.send({.method = net::Method::head, .url = url}));
  return response.status;
}

void OpenData::work_in(store::Workers& workers) {
  harvester_->work_in(workers);
  quality_->work_in(workers, platform_.identity(), [this](const identity::OutgoingMail& mail) {
    return platform_.send_mail(mail);
  });
  workers.on(std::string(hook_job), [this](store::Transaction& tx, const store::Job& job) {
    return tell_of_disabled_hook(tx, job);
  });
  uploads_->work_in(workers);
  voices_->work_in(
      workers, [this](const identity::OutgoingMail& mail) { return platform_.send_mail(mail); },
      index_.get(), [this](const std::string& url) { return ask_link(url); });
}

Result<void> OpenData::start() {
  follower_ = std::make_unique<catalogue::Follower>(platform_.database(), catalogue_, *index_);
  uses_.start(index_.get());
  harvester_->start();
  quality_->start(index_.get());
  live_->start();
  uploads_->start();
  return voices_->start();
}

}  // namespace minben::app
