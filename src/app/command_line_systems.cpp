// Command lines of tools for systems of others.
#include <CLI/CLI.hpp>

#include "command_line.hpp"
#include "commands.hpp"

namespace minben::app {

void add_client_tools(CLI::App& cli, Action& action) {
  static command::ClientOptions options;
  auto* client = cli.add_subcommand("client", "agencies' systems that work over the interface");
  client->require_subcommand(1);
  const auto tool = [&](const char* name, const char* text,
                        int (*run)(const command::ClientOptions&)) {
    auto* command = client->add_subcommand(name, text);
    command->add_option("--config", options.config, "TOML file")
        ->required()
        ->check(CLI::ExistingFile);
    command->callback([&action, run] { action = [run] { return run(options); }; });
    return command;
  };
  auto* add = tool("add", "let a system in; prints its token", &command::add_client);
  add->add_option("NAME", options.name)->required();
  add->add_option("--agency", options.agency, "code of its agency")->required();
  add->add_option("--scope", options.scopes, "read, work, deploy, operate")->required();
  tool("list", "the systems that are let in", &command::list_clients);
  tool("revoke", "let a system in no more", &command::revoke_client)
      ->add_option("ID", options.id)
      ->required();
}

void add_openid_tools(CLI::App& cli, Action& action) {
  static command::OpenidOptions options;
  auto* openid = cli.add_subcommand("openid", "systems that sign people in with accounts here");
  openid->require_subcommand(1);
  auto* client = openid->add_subcommand("client", "the systems");
  client->require_subcommand(1);
  const auto tool = [&](CLI::App* below, const char* name, const char* text,
                        int (*run)(const command::OpenidOptions&)) {
    auto* command = below->add_subcommand(name, text);
    command->add_option("--config", options.config, "TOML file")
        ->required()
        ->check(CLI::ExistingFile);
    command->callback([&action, run] { action = [run] { return run(options); }; });
    return command;
  };
  tool(client, "add", "let a system in, or change it", &command::add_openid_client)
      ->add_option("FILE", options.client, "JSON, names of RFC 7591 (docs/openid.md)")
      ->required()
      ->check(CLI::ExistingFile);
  tool(client, "list", "the systems that are let in", &command::list_openid_clients);
  tool(client, "end", "let a system in no more", &command::end_openid_client)
      ->add_option("ID", options.id)
      ->required();
  tool(openid, "rotate", "sign with the next key from now on", &command::rotate_openid_key)
      ->add_flag("--at-once", options.at_once, "though it was published less than a day ago");
}

void add_mydata_tools(CLI::App& cli, Action& action) {
  static command::MyDataOptions options;
  auto* mydata = cli.add_subcommand("mydata", "who asks people for their data, and who has it");
  mydata->require_subcommand(1);
  auto* client = mydata->add_subcommand("client", "service providers")->require_subcommand(1);
  auto* provider = mydata->add_subcommand("provider", "data providers")->require_subcommand(1);
  const auto tool = [&](const char* name, const char* text,
                        int (*run)(const command::MyDataOptions&)) {
    auto* command = client->add_subcommand(name, text);
    command->add_option("--config", options.config, "of minben serve")
        ->required()
        ->check(CLI::ExistingFile);
    command->callback([&action, run] { action = [run] { return run(options); }; });
    return command;
  };
  tool("add", "let one in, or change its settings; prints new secrets",
       &command::add_service_provider)
      ->add_option("FILE", options.file, "JSON, docs/mydata.md")
      ->required();
  tool("list", "all, with the old forms that they still use", &command::list_service_providers);
  for (auto* command : {tool("suspend", "it is refused", &command::suspend_service_provider),
                        tool("resume", "it is let in again", &command::resume_service_provider)})
    command->add_option("ID", options.id)->required();
  auto* check = provider->add_subcommand("check", "a mapping against its OpenAPI file");
  check->add_option("FILE", options.file, "JSON, docs/mydata.md")->required();
  check->callback([&action] { action = [] { return command::check_data_provider(options); }; });
}

}  // namespace minben::app
