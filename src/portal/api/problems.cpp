// What may go wrong, endpoint by endpoint: told in the OpenAPI document.
#include <array>

#include "endpoint.hpp"

namespace minben::api {

namespace {

constexpr Problem no_process{Kind::not_found, "no_such_process", "your agency has no such model"};
constexpr Problem no_instance{Kind::not_found, "no_such_instance",
                              "your agency has no such instance"};
constexpr Problem no_definition{Kind::not_found, "no_such_definition",
                                "the model has no such version"};
constexpr Problem no_task{Kind::not_found, "task_not_open",
                          "there is no such task, or it is not open any more"};
constexpr Problem task_closed{Kind::conflict, "task_not_open",
                              "the task is not open any more, or was completed before"};
constexpr Problem call_closed{Kind::conflict, "call_not_open",
                              "nobody waits for this call any more"};
constexpr Problem ended{Kind::conflict, "already_ended", "the instance has ended"};
constexpr Problem held{Kind::conflict, "suspended", "the instance is suspended"};
constexpr Problem no_batch{Kind::not_found, "no_such_batch", "your agency has no such batch"};
constexpr Problem page_size{Kind::invalid, "page_out_of_range", "limit is 1 to 500"};
constexpr Problem missing_query{Kind::invalid, "missing", "a required parameter is not there"};

struct Entry {
  std::string_view id;  ///< operationId
  Problem problem;
};

constexpr Entry known[] = {
    {"deployModel",
     {Kind::invalid, "not_a_code", "the code is lower case letters, digits, dots, - and _"}},
    {"deployModel",
     {Kind::invalid, "", "the rules of BPMN 2.0 that the model breaks, each with its line"}},
    {"listVersions", no_process},
    {"readModel", no_definition},
    {"startInstance", no_process},
    {"startInstance",
     {Kind::invalid, "no_none_start", "the model is started by messages or timers only"}},
    {"startInstance", {Kind::conflict, "id_taken", "another instance has the id that you chose"}},
    {"findInstances", missing_query},
    {"findInstances", page_size},
    {"findInstances", {Kind::invalid, "unknown_status", "status is none of the listed ones"}},
    {"findInstances", {Kind::invalid, "bad_cursor", "after is not the next of a page"}},
    {"readInstance", no_instance},
    {"readHistory", no_instance},
    {"findTasks", {Kind::invalid, "not_an_instant", "dueBefore is not in the form of RFC 3339"}},
    {"findTasks", page_size},
    {"readTask", no_task},
    {"claimTask", no_task},
    {"claimTask", task_closed},
    {"claimTask", {Kind::conflict, "already_claimed", "somebody else holds the task"}},
    {"releaseTask", no_task},
    {"releaseTask", task_closed},
    {"releaseTask", {Kind::forbidden, "not_claimed_by_you", "somebody else holds the task"}},
    {"completeTask", no_task},
    {"completeTask", no_instance},
    {"completeTask", task_closed},
    {"completeTask", ended},
    {"completeTask", held},
    {"sendMessage", {Kind::not_found, "nobody_waits", "no instance waits for this message"}},
    {"sendMessage",
     {Kind::conflict, "several_wait", "several instances wait for it: give a narrower key"}},
    {"cancelInstance", no_instance},
    {"cancelInstance", ended},
    {"suspendInstance", no_instance},
    {"suspendInstance", ended},
    {"suspendInstance", held},
    {"resumeInstance", no_instance},
    {"resumeInstance", ended},
    {"resumeInstance", {Kind::conflict, "not_suspended", "the instance is not suspended"}},
    {"setVariables", no_instance},
    {"setVariables", ended},
    {"setVariables", held},
    {"findIncidents", missing_query},
    {"findIncidents", page_size},
    {"retryIncident", no_instance},
    {"retryIncident", {Kind::not_found, "no_incident", "the token is not a number"}},
    {"retryIncident", {Kind::conflict, "no_incident", "the token is not stuck"}},
    {"retryIncident", ended},
    {"retryIncident", held},
    {"modifyInstance", no_instance},
    {"modifyInstance", {Kind::not_found, "no_such_token", "the instance has no such token"}},
    {"modifyInstance", {Kind::not_found, "no_such_element", "the model has no such element"}},
    {"modifyInstance",
     {Kind::conflict, "scope_not_running", "the subprocess around the element is not running"}},
    {"modifyInstance", ended},
    {"modifyInstance", held},
    {"migrateInstance", no_instance},
    {"migrateInstance", no_definition},
    {"migrateInstance", {Kind::conflict, "", "what stands against it", "MigrationResult"}},
    {"beginBatch", no_process},
    {"beginBatch", {Kind::invalid, "unknown_operation", "none of the listed operations"}},
    {"beginBatch", {Kind::invalid, "unknown_version", "the model has no version toVersion"}},
    {"listBatches", missing_query},
    {"listBatches", page_size},
    {"readBatch", no_batch},
    {"listBatchItems", no_batch},
    {"listBatchItems", page_size},
    {"listBatchItems", {Kind::invalid, "not_an_id", "after is no id of an instance"}},
    {"fetchServiceCalls", {Kind::invalid, "out_of_range", "limit or lockSeconds is out of range"}},
    {"completeServiceCall", no_task},
    {"completeServiceCall", no_instance},
    {"completeServiceCall", call_closed},
    {"completeServiceCall", ended},
    {"completeServiceCall", held},
    {"throwServiceError", no_task},
    {"throwServiceError", no_instance},
    {"throwServiceError", call_closed},
    {"throwServiceError", ended},
    {"throwServiceError", held},
    {"failServiceCall", no_task},
    {"failServiceCall", call_closed},
    {"addWebhook", {Kind::invalid, "bad_url", "not https, or longer than 2000 bytes"}},
    {"addWebhook", {Kind::invalid, "unknown_event", "none of the listed events"}},
    {"removeWebhook", {Kind::not_found, "no_such_webhook", "your agency has no such webhook"}},
};

constexpr std::array always{
    Problem{Kind::unauthorised, "token_needed", "no bearer token was sent"},
    Problem{Kind::unauthorised, "bad_token", "the token is not known, or was revoked"},
    Problem{Kind::forbidden, "scope_missing", "the client lacks the scope named above"},
};

constexpr std::array of_bodies{
    Problem{Kind::invalid, "not_json", "the body is no JSON"},
    Problem{Kind::invalid, "not_an_object", "the body is no JSON object"},
    Problem{Kind::invalid, "missing", "a required member is not there"},
    Problem{Kind::invalid, "wrong_type", "a member is of another type"},
    Problem{Kind::invalid, "too_long", "a text is longer than allowed"},
    Problem{Kind::invalid, "unknown_member", "a member is not known here"},
};

}  // namespace

std::vector<Problem> problems_of(const Endpoint& endpoint) {
  std::vector<Problem> all(always.begin(), always.end());
  const bool json = !endpoint.request.empty() && endpoint.request != "xml";
  if (json) all.insert(all.end(), of_bodies.begin(), of_bodies.end());
  for (const auto& [id, problem] : known)
    if (id == endpoint.id) all.push_back(problem);
  return all;
}

}  // namespace minben::api
