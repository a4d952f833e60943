%% Runs scenarios under the real supervisor of Erlang/OTP and prints what is seen, one line an entry of a trace.
%% Called by tests/otp/main.ts with a file of terms; the entries have the form of tests/support/supervisor/model.ts.
-module(supervisor_scenarios).
-behaviour(supervisor).
-export([main/1, init/1, start_worker/2, start_tree/2, worker/2]).

main([File]) ->
    logger:set_primary_config(level, none),
    ets:new(sups, [named_table, public]),
    {ok, Scenarios} = file:consult(File),
    lists:foreach(fun alone/1, Scenarios).

%% A process of its own for each scenario: what the children of an earlier one still send goes nowhere.
alone({Seed, _, _} = Scenario) ->
    {Pid, Monitor} = spawn_monitor(fun() -> process_flag(trap_exit, true), scenario(Scenario) end),
    receive
        {'DOWN', Monitor, process, Pid, normal} -> ok;
        {'DOWN', Monitor, process, Pid, Why} -> io:format("# ~p~nended: ~p~n", [Seed, Why])
    after 60000 -> exit(Pid, kill), io:format("# ~p~ntook too long~n", [Seed]) end.

init({Flags, Specs, Harness}) -> {ok, {Flags, [spec(S, Harness) || S <- Specs]}}.

spec({Id, Restart, Significant, worker}, H) ->
    #{id => Id, start => {?MODULE, start_worker, [Id, H]}, restart => Restart, significant => Significant};
spec({Id, Restart, Significant, Tree}, H) ->
    #{id => Id, start => {?MODULE, start_tree, [{Id, Tree}, H]}, restart => Restart, significant => Significant,
      type => supervisor, shutdown => infinity}.

start_tree({Id, {Flags, Specs}}, H) ->
    case supervisor:start_link(?MODULE, {Flags, Specs, H}) of
        {ok, Pid} -> ets:insert(sups, {Id, Pid}), {ok, Pid};
        Error -> Error
    end.

%% Runs in the supervisor's process, as every start function does: while it waits, the supervisor does.
start_worker(Id, H) ->
    H ! {starting, Id, self()},
    receive
        {go, fail} -> {error, planned};
        {go, ignore} -> ignore;
        {go, ok} -> proc_lib:start_link(?MODULE, worker, [Id, H])
    end.

worker(Id, H) ->
    process_flag(trap_exit, true),
    H ! {up, Id, self()},
    proc_lib:init_ack({ok, self()}),
    receive
        {'EXIT', _, Reason} -> H ! {down, Id}, exit(Reason);
        {finish, normal} -> H ! {down, Id}, exit(normal);
        {finish, failed} -> H ! {down, Id}, exit(broken)
    end.

%% State of the harness: root, running workers, plans, the held start, lines of this entry, answers.
scenario({Seed, Tree, Steps}) ->
    ets:delete_all_objects(sups),
    H = self(),
    S0 = #{up => #{}, plans => #{}, held => none, lines => [], answers => [], root => none, over => false},
    Starter = spawn(fun() -> process_flag(trap_exit, true),
                             {ok, Root} = start_tree({root, Tree}, H), H ! {root, Root},
                             parent(Root, H) end),
    S1 = settle(started(S0)),
    io:format("# ~p~n", [Seed]),
    S2 = entry(S1),
    S3 = lists:foldl(fun({At, Step}, S) -> entry(settle(step(Step, At, S))) end, S2, Steps),
    #{root := Root, held := Held, over := Over} = S3,
    S4 = case {Over, Held} of
             {true, _} -> entry(S3);
             {_, none} -> Starter ! stop, T = settle(S3), entry(T#{over => false});
             _ -> entry(line("held", S3))
         end,
    io:format("answers: ~s~n", [lists:join(", ", [io_lib:format("~p ~s", [At, A]) || {At, A} <- lists:sort(maps:get(answers, S4))])]),
    exit(Starter, kill),
    exit(Root, kill),
    [exit(P, kill) || {_, P} <- ets:tab2list(sups)],
    [exit(P, kill) || P <- maps:values(maps:get(up, S3))],
    ok.

%% A supervisor obeys an exit signal of its parent only.
parent(Root, H) ->
    receive
        {'EXIT', Root, _} -> H ! rootdown;
        stop -> exit(Root, shutdown), parent(Root, H)
    end.

step({'end', Id, How}, _, #{up := Up} = S) ->
    case Up of
        #{Id := Pid} -> Pid ! {finish, How}, await_down(Id, S);
        _ -> S
    end;
step({plan, Id, Plans}, _, #{plans := P} = S) -> S#{plans => P#{Id => Plans}};
step({request, To, Verb, Spec}, At, #{answers := Answers, root := Root} = S) ->
    H = self(),
    Alive = case ets:lookup(sups, To) of [{_, Pid}] -> is_process_alive(Pid); [] -> Pid = none, false end,
    case Alive of
        false -> S#{answers => [{At, "SUPERVISOR_NOT_RUNNING"} | Answers]};
        true ->
            spawn(fun() -> H ! {answer, Root, At, code(ask(Pid, Verb, Spec, H))} end),
            S
    end;
step(release, _, #{held := none} = S) -> S;
step(release, _, #{held := {Sup, Outcome}} = S) -> Sup ! {go, Outcome}, S#{held => none}.

ask(Sup, Verb, Spec, H) ->
    try case Verb of
            start_child -> supervisor:start_child(Sup, spec(Spec, H));
            Other -> supervisor:Other(Sup, element(1, Spec))
        end
    catch exit:_ -> noproc end.

code(ok) -> "ok";
code({ok, _}) -> "ok";
code({error, {already_started, _}}) -> "ALREADY_STARTED";
code({error, already_present}) -> "ALREADY_PRESENT";
code({error, not_found}) -> "CHILD_NOT_FOUND";
code({error, running}) -> "CHILD_RUNNING";
code({error, restarting}) -> "CHILD_RESTARTING";
code({error, {bad_combination, _}}) -> "INVALID_CHILD_SPEC";
code({error, {invalid_significant, _}}) -> "INVALID_CHILD_SPEC";
code(noproc) -> "SUPERVISOR_NOT_RUNNING";
code({error, _}) -> "CHILD_NOT_STARTED".

await_down(Id, S) -> receive {down, Id} -> took({down, Id}, S) end.

started(#{root := none} = S) -> receive Message -> started(took(Message, S)) end;
started(S) -> S.

%% Until nothing more comes: every supervisor but a held one has answered twice with nothing in between.
settle(S) -> settle(S, 0).
settle(S, 3) -> S;
settle(S, Quiet) ->
    receive Message -> settle(took(Message, S), 0)
    after 1 -> quiet(S), settle(S, Quiet + 1) end.

quiet(#{held := Held}) ->
    [catch supervisor:which_children(P) || {_, P} <- ets:tab2list(sups), is_process_alive(P), not holds(P, Held)].

holds(Pid, {Pid, _}) -> true;
holds(_, _) -> false.

took({starting, Id, Sup}, #{plans := Plans} = S0) ->
    S = line(["start ", atom_to_list(Id)], S0),
    {Outcome, Held, Rest} = case Plans of
        #{Id := [{O, B} | R]} -> {O, B, R};
        _ -> {ok, false, []}
    end,
    S1 = S#{plans => Plans#{Id => Rest}},
    case Held of
        true -> S1#{held => {Sup, Outcome}};
        false -> Sup ! {go, Outcome}, S1
    end;
took({up, Id, Pid}, #{up := Up} = S) -> S#{up => Up#{Id => Pid}};
took({down, Id}, #{up := Up} = S) -> line(["stop ", atom_to_list(Id)], S#{up => maps:remove(Id, Up)});
took({answer, Root, At, Code}, #{root := Root, answers := A} = S) -> S#{answers => [{At, Code} | A]};
took({root, Root}, S) -> S#{root => Root};
took(rootdown, S) -> S#{over => true};
took(_, S) -> S.

line(Line, #{lines := Lines} = S) -> S#{lines => [Line | Lines]}.

entry(#{lines := Lines, over := IsOver, held := Held} = S) ->
    Trees = lists:sort([tree(Id, P) || {Id, P} <- ets:tab2list(sups), is_process_alive(P), not holds(P, Held)]),
    Over = case IsOver of true -> ["over"]; false -> [] end,
    io:format("~s~n", [lists:join("; ", lists:reverse(Lines) ++ Trees ++ Over)]),
    S#{lines => []}.

tree(Id, Pid) ->
    Children = lists:reverse(supervisor:which_children(Pid)),
    [atom_to_list(Id), "[", lists:join(", ", [[atom_to_list(C), " ", state(P)] || {C, P, _, _} <- Children]), "]"].

state(undefined) -> "down";
state(restarting) -> "restarting";
state(_) -> "running".
