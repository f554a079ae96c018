#include "desk_house.hpp"

namespace minben::desk {

DeskHouse::DeskHouse() {
  desk_routes_ = routes({*site_, world_->database(), world_->identity(), world_->casework(),
                         world_->documents(), registry_.get(), nullptr, questions_.get()});
  auto served = desk_routes_;
  for (auto& route : site_->routes()) served.push_back(std::move(route));
  net::ServerConfig http;
  http.upload_directory = scratch_.path();
  desk_server_ = must(net::Server::start(http, std::move(served), site_->hooks()));
  world_->set_register("ris/register/person", Json(JsonObject{{"name_latin", "DOE, JANE"},
                                                              {"nationality", "SE"},
                                                              {"birth_date", "1988-05-14"},
                                                              {"household_registered", false}}));
  world_->set_register("boca/register/visas",
                       Json(JsonObject{{"last_visa", "visitor"},
                                       {"refused_before", false},
                                       {"last_visa_expires", "2025-11-01"}}));
  world_->set_register("wda/register/employment", Json(JsonObject{{"employer", "none"}}));
  world_->set_register("nia/register/residence",
                       Json(JsonObject{{"status", "none"}, {"overstayed", false}}));
  applicant_ = must(world_->new_applicant("DOE, JANE"));
}

std::unique_ptr<registry::Registry> DeskHouse::open_registry() {
  must(world_->database().migrate(registry::migrations()));
  registry::Config config;
  config.directory = scratch_.path() / "registry";
  config.consent_key = consent_key_.verify_key();
  auto opened =
      must(registry::Registry::open(world_->database(), world_->clock(), random_, config));
  must(opened->publish());
  return opened;
}

casework::Officer DeskHouse::officer_with(std::string_view agency, std::vector<std::string> roles,
                                          const std::string& email) {
  return must(world_->database().transact([&](store::Transaction& tx) -> Result<casework::Officer> {
    MINBEN_TRY(id, world_->identity().add_officer(tx, {.agency = AgencyCode{std::string(agency)},
                                                       .name = "Lin",
                                                       .email = email,
                                                       .roles = std::move(roles)}));
    return world_->identity().officer(tx, id);
  }));
}

Browser DeskHouse::browser_of(const casework::Officer& officer) {
  Browser made = nobody();
  made.sign_in(
      must(world_->identity().sign_in_unchecked(officer.id, identity::Assurance::substantial)),
      "minben-desk");
  return made;
}

CaseId DeskHouse::in_review(const casework::Applicant& who) {
  auto draft = must(casework().start_draft(who, ServiceCode{"gold-card"}, {}));
  const auto save = [&](std::string_view page, std::vector<forms::Input> inputs) {
    const auto saved = must(casework().save_page(who, draft.id, draft.version, page, inputs));
    for (const auto& problem : saved.problems)
      ADD_FAILURE() << problem.pointer << " " << problem.code;
    draft = saved.draft;
  };
  const auto file = [&](std::string_view field, std::string_view kind) {
    return must(world_->upload(who, field, kind, field));
  };
  save("field", {{"field", "digital"}, {"regulation", "digital-1"}});
  save("situation", {{"nationality_class", "general"}, {"situation", "overseas"}, {"years", "3"}});
  save("person", {{"name_latin", "DOE, JANE"},
                  {"birth_date.year", "1988"},
                  {"birth_date.month", "5"},
                  {"birth_date.day", "14"},
                  {"sex", "F"},
                  {"nationality", "SE"}});
  save("passport", {{"passport_no", "SE7723145"},
                    {"passport_valid_until.year", "2031"},
                    {"passport_valid_until.month", "8"},
                    {"passport_valid_until.day", "30"},
                    {"passport_copy", file("passport_copy", "pdf")}});
  save("photo", {{"photo", file("photo", "jpeg")}});
  save("evidence", {{"evidence", file("evidence", "pdf")},
                    {"evidence_note", "Eight years as <lead> engineer."}});
  save("background", {{"prc_employment", "false"}});
  save("contact", {{"email", "jane@people.example"}});
  const auto summary = must(casework().submit(who, draft.id, draft.version, "token", true));
  must(world_->run_due());
  for (const auto& wanted : must(casework().my_case(who, summary.id)).consents_wanted)
    must(casework().answer_consent(who, summary.id, wanted, true));
  must(world_->pay(summary.id));
  must(world_->run_due());
  return summary.id;
}

casework::TaskRow DeskHouse::task_of(const casework::Officer& who, CaseId id) {
  for (const auto& task :
       must(casework().queue(who, {.service = {}, .step = {}, .limit = 200})).tasks)
    if (task.case_id == id) return task;
  throw std::runtime_error("no open task for " + who.agency.value);
}

void DeskHouse::decide(std::string_view agency, CaseId id, const std::string& outcome) {
  const auto who = officer(agency);
  const auto task = task_of(who, id);
  const auto claimed = must(casework().claim(who, task.id, task.version));
  must(casework().decide(who, claimed.id, claimed.version, {outcome, {}, "seen"}));
  must(world_->run_due());
}

std::string DeskHouse::claim(Browser& browser, const casework::Officer& who, CaseId id) {
  browser.get(path(id));
  const Page claimed = browser.post(path(id, "/claim"), {{"task", picked(task_of(who, id))}});
  EXPECT_EQ(claimed.status, 303) << claimed.body;
  return picked(task_of(who, id));
}

}  // namespace minben::desk
