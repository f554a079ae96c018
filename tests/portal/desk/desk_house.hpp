#pragma once
// The officers' side over real HTTP, with cases of the Gold Card brought as far as a test needs.
#include <gmock/gmock.h>

#include "../citizen/house.hpp"
#include "desk/desk.hpp"
#include "registry/registry.hpp"

namespace minben::desk {

using citizen::Browser;
using citizen::Fields;
using citizen::must;
using citizen::Page;

class DeskHouse : public citizen::House {
 protected:
  DeskHouse();
  ~DeskHouse() override { desk_server_.reset(); }

  /// With all roles of casework.
  casework::Officer officer(std::string_view agency, int number = 1) {
    return must(world_->officer(AgencyCode{std::string(agency)}, number));
  }
  casework::Officer officer_with(std::string_view agency, std::vector<std::string> roles,
                                 const std::string& email = "officer@nia.example");
  Browser browser_of(const casework::Officer& officer);
  Browser nobody() { return {desk_origin(), client_}; }
  [[nodiscard]] std::string desk_origin() const {
    return "http://localhost:" + std::to_string(desk_server_->port());
  }

  /// Submitted from abroad in the digital field, consented and paid: with nia for its first check.
  CaseId in_review(const casework::Applicant& applicant);
  casework::TaskRow task_of(const casework::Officer& who, CaseId id);
  void decide(std::string_view agency, CaseId id, const std::string& outcome);
  casework::CaseView view(CaseId id) { return must(casework().my_case(applicant_, id)); }

  static std::string path(CaseId id, std::string_view more = {}) {
    return "/en/desk/cases/" + to_string(id) + std::string(more);
  }
  /// Claims through the case's page and gives the task as the forms carry it.
  std::string claim(Browser& browser, const casework::Officer& who, CaseId id);
  static std::string picked(const casework::TaskRow& task) {
    return to_string(task.id) + "." + std::to_string(task.version);
  }

  std::unique_ptr<registry::Registry> open_registry();

  trust::SigningKey consent_key_ = trust::SigningKey::generate(trust::KeyType::ed25519);
  std::unique_ptr<registry::Registry> registry_ = open_registry();
  std::vector<net::Route> desk_routes_;
  std::unique_ptr<net::Server> desk_server_;
  casework::Applicant applicant_;
};

}  // namespace minben::desk
