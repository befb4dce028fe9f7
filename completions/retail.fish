# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_retail_global_optspecs
    string join \n json q/quiet v/verbose color= log-format= config= h/help V/version
end

function __fish_retail_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_retail_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_retail_using_subcommand
    set -l cmd (__fish_retail_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c retail -n "__fish_retail_needs_command" -l color -d 'Use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retail -n "__fish_retail_needs_command" -l log-format -d 'Form of the messages on stderr' -r -f -a "text\t'`[2025-01-01 12:00:00] [INFO] message`'
json\t'One JSON object a line'"
complete -c retail -n "__fish_retail_needs_command" -l config -d 'Read settings from this file instead of retail.toml' -r -F
complete -c retail -n "__fish_retail_needs_command" -l json -d 'Print the run\'s summary as one JSON object on stdout'
complete -c retail -n "__fish_retail_needs_command" -s q -l quiet -d 'Print nothing but errors, data and --json'
complete -c retail -n "__fish_retail_needs_command" -s v -l verbose -d 'Print more on stderr, and the causes of an error'
complete -c retail -n "__fish_retail_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retail -n "__fish_retail_needs_command" -s V -l version -d 'Print version'
complete -c retail -n "__fish_retail_needs_command" -f -a "generate" -d 'Write believable sales, one file a day'
complete -c retail -n "__fish_retail_needs_command" -f -a "replay" -d 'Play files as events, to Kafka or as JSON lines'
complete -c retail -n "__fish_retail_needs_command" -f -a "batch" -d 'Add up the daily revenue of every product'
complete -c retail -n "__fish_retail_needs_command" -f -a "stream" -d 'Add up revenue in windows of event time, live, or archive a topic'
complete -c retail -n "__fish_retail_needs_command" -f -a "serve" -d 'Show dashboards, answer an API, take orders in'
complete -c retail -n "__fish_retail_needs_command" -f -a "demo" -d 'Look at everything at once: sales, their sums, live windows, dashboards'
complete -c retail -n "__fish_retail_needs_command" -f -a "query" -d 'Ask the outputs, or any CSV or Parquet file, in SQL'
complete -c retail -n "__fish_retail_needs_command" -f -a "report" -d 'Write the daily business report'
complete -c retail -n "__fish_retail_needs_command" -f -a "sinks" -d 'Make or check the tables and views of databases that results go to'
complete -c retail -n "__fish_retail_needs_command" -f -a "doctor" -d 'Check every configured address: Kafka, HDFS, S3, Spark, databases, folders'
complete -c retail -n "__fish_retail_needs_command" -f -a "verify" -d 'Prove that input, batch, stream and declared truth agree to the cent'
complete -c retail -n "__fish_retail_needs_command" -f -a "history" -d 'Show the runs: when, what, how long, how many rows, how they ended'
complete -c retail -n "__fish_retail_needs_command" -f -a "jobs" -d 'Show, end and clear up after what runs on a Spark cluster'
complete -c retail -n "__fish_retail_needs_command" -f -a "upload-hdfs" -d 'Copy the input files to HDFS, each whole or not at all'
complete -c retail -n "__fish_retail_needs_command" -f -a "cleanup" -d 'Empty the folders that runs fill'
complete -c retail -n "__fish_retail_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c retail -n "__fish_retail_needs_command" -f -a "man" -d 'Print a manual page, or write all of them'
complete -c retail -n "__fish_retail_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c retail -n "__fish_retail_using_subcommand generate" -s o -l output -d 'Folder to write to, or - for stdout' -r -F
complete -c retail -n "__fish_retail_using_subcommand generate" -s d -l days -d 'Number of days' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -s t -l transactions-per-day -d 'Sales a day on average: any 7 days in a row hold 7 times N' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -l start-date -d 'First day; without it, the last day is today (UTC)' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -s s -l seed -d 'Start of all randomness' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -s f -l format -d 'Format of the files' -r -f -a "csv\t'Comma-separated values with a header'
jsonl\t'One JSON object a line'
parquet\t'Parquet, money as DECIMAL(18,4)'"
complete -c retail -n "__fish_retail_using_subcommand generate" -l profile -d 'What the sales look like' -r -f -a "standard\t'A believable shop: hours, seasons, regulars, promotions, returns'
classic\t'Byte for byte what the replaced generator wrote'"
complete -c retail -n "__fish_retail_using_subcommand generate" -l stores -d 'Number of stores; 20 in the standard profile' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -l products -d 'Number of products; 200 in the standard profile' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -l customers -d 'Number of customers; 5000 in the standard profile' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -l threads -d 'Threads; without it, one a core' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -l malformed -d 'Share of rows that cannot be read, from 0 to 1' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -l duplicates -d 'Share of the readable rows that stand twice, from 0 to 1' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -l late -d 'Share of the rows without other fault that stand late, from 0 to 1' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -l master -d 'Folder of products.csv and stores.csv (standard profile)' -r -F
complete -c retail -n "__fish_retail_using_subcommand generate" -l rate -d 'Events a second: of a world, or of sales to Kafka, where 0 and none are as fast as possible' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -l world -d 'Make the events of a world instead of sales, to files of data/worlds/WORLD' -r -f -a "globalmart\t'An online shop: 100 transactions, 300 views, 100 cart events a second'
retail_events\t'Sales, returns and restocks of ten stores, 2 a second'
inventory\t'Sales and the stock after each, 10 events a second'
orders\t'Orders from tills, one in 5 seconds'"
complete -c retail -n "__fish_retail_using_subcommand generate" -l duration -d 'How long it goes on, in event time' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -l start -d 'When it begins (UTC); at 10:00 of --start-date or today, to Kafka now' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -l mix -d 'Shares of topics or types, such as transactions=1,product_views=9' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -l speed -d 'Speed of event time to Kafka or stdout; 0 is as fast as possible, the default to stdout, 1 is real time, the default to Kafka' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -l anomalies -d 'Share of anomalies in transactions or sales (globalmart, inventory)' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -l shape -d 'Shape of the events of inventory' -r -f -a "readme\t'Topics sales_events and inventory_events'
generator\t'Topics retail-sales-transactions and retail-inventory-updates'"
complete -c retail -n "__fish_retail_using_subcommand generate" -l topics -d 'Make the missing topics of the world and say so' -r -f -a "create\t'Make them, then send'
only\t'Make them and end'"
complete -c retail -n "__fish_retail_using_subcommand generate" -l topic-prefix -d 'What the names of the topics begin with' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -l partitions -d 'Partitions of a topic that is made because it is missing; those of a world have 1 or 3' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -l brokers -d 'Addresses of the brokers; "env" for the configured ones' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -l topic -d 'The topic' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -s X -l property -d 'Property of librdkafka, such as security.protocol=ssl; may be repeated' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -l wait -d 'Wait so long for the brokers to answer' -r
complete -c retail -n "__fish_retail_using_subcommand generate" -l color -d 'Use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retail -n "__fish_retail_using_subcommand generate" -l log-format -d 'Form of the messages on stderr' -r -f -a "text\t'`[2025-01-01 12:00:00] [INFO] message`'
json\t'One JSON object a line'"
complete -c retail -n "__fish_retail_using_subcommand generate" -l config -d 'Read settings from this file instead of retail.toml' -r -F
complete -c retail -n "__fish_retail_using_subcommand generate" -l keep-existing -d 'Keep the files of other days that are in the folder'
complete -c retail -n "__fish_retail_using_subcommand generate" -l customers-csv -d 'Write customers.csv too'
complete -c retail -n "__fish_retail_using_subcommand generate" -l json -d 'Print the run\'s summary as one JSON object on stdout'
complete -c retail -n "__fish_retail_using_subcommand generate" -s q -l quiet -d 'Print nothing but errors, data and --json'
complete -c retail -n "__fish_retail_using_subcommand generate" -s v -l verbose -d 'Print more on stderr, and the causes of an error'
complete -c retail -n "__fish_retail_using_subcommand generate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retail -n "__fish_retail_using_subcommand replay" -s i -l input -d 'File, folder with all below, or - for stdin; may be repeated' -r -F
complete -c retail -n "__fish_retail_using_subcommand replay" -l world -d 'Play the files of a world, each into the topic of its folder; without --input those of data/worlds/WORLD' -r -f -a "globalmart\t'An online shop: 100 transactions, 300 views, 100 cart events a second'
retail_events\t'Sales, returns and restocks of ten stores, 2 a second'
inventory\t'Sales and the stock after each, 10 events a second'
orders\t'Orders from tills, one in 5 seconds'"
complete -c retail -n "__fish_retail_using_subcommand replay" -l rate -d 'Events a second; 0 for as fast as possible' -r
complete -c retail -n "__fish_retail_using_subcommand replay" -l speed -d 'Follow event time, so many times as fast: 60 plays an hour in a minute' -r
complete -c retail -n "__fish_retail_using_subcommand replay" -l order -d 'Order of the events' -r -f -a "time\t'By event time'
file\t'As they stand in the files'"
complete -c retail -n "__fish_retail_using_subcommand replay" -l brokers -d 'Addresses of the brokers; "env" for the configured ones' -r
complete -c retail -n "__fish_retail_using_subcommand replay" -l topic -d 'The topic' -r
complete -c retail -n "__fish_retail_using_subcommand replay" -s X -l property -d 'Property of librdkafka, such as security.protocol=ssl; may be repeated' -r
complete -c retail -n "__fish_retail_using_subcommand replay" -l wait -d 'Wait so long for the brokers to answer' -r
complete -c retail -n "__fish_retail_using_subcommand replay" -l partitions -d 'Partitions of a topic that is made because it is missing; those of a world have 1 or 3' -r
complete -c retail -n "__fish_retail_using_subcommand replay" -l topic-prefix -d 'What the names of the topics of a world begin with' -r
complete -c retail -n "__fish_retail_using_subcommand replay" -l map -d 'Column that carries a field, as product=Description; may be repeated' -r
complete -c retail -n "__fish_retail_using_subcommand replay" -l date-format -d 'Format of dates that are not ISO, such as %d-%b-%Y' -r
complete -c retail -n "__fish_retail_using_subcommand replay" -l delimiter -d 'Delimiter of fields, one of , ; | tab; without it, found by looking' -r
complete -c retail -n "__fish_retail_using_subcommand replay" -l metrics-addr -d 'Serve /metrics and /health there; a port alone is of 127.0.0.1' -r
complete -c retail -n "__fish_retail_using_subcommand replay" -l temp-dir -d 'Folder for events that are too many to sort in memory' -r -F
complete -c retail -n "__fish_retail_using_subcommand replay" -l color -d 'Use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retail -n "__fish_retail_using_subcommand replay" -l log-format -d 'Form of the messages on stderr' -r -f -a "text\t'`[2025-01-01 12:00:00] [INFO] message`'
json\t'One JSON object a line'"
complete -c retail -n "__fish_retail_using_subcommand replay" -l config -d 'Read settings from this file instead of retail.toml' -r -F
complete -c retail -n "__fish_retail_using_subcommand replay" -l loop -d 'Begin again at the end, with all dates moved on'
complete -c retail -n "__fish_retail_using_subcommand replay" -l shuffle -d 'Shuffle the events, in every lap anew'
complete -c retail -n "__fish_retail_using_subcommand replay" -l decimal-comma -d 'Numbers are written 1,50'
complete -c retail -n "__fish_retail_using_subcommand replay" -l json -d 'Print the run\'s summary as one JSON object on stdout'
complete -c retail -n "__fish_retail_using_subcommand replay" -s q -l quiet -d 'Print nothing but errors, data and --json'
complete -c retail -n "__fish_retail_using_subcommand replay" -s v -l verbose -d 'Print more on stderr, and the causes of an error'
complete -c retail -n "__fish_retail_using_subcommand replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retail -n "__fish_retail_using_subcommand batch" -s i -l input -d 'File, folder with all below, or - for stdin; may be repeated' -r -F
complete -c retail -n "__fish_retail_using_subcommand batch" -s o -l output -d 'Folder to write to, and databases beside it, as postgres://…, clickhouse://…; may be repeated' -r -F
complete -c retail -n "__fish_retail_using_subcommand batch" -l csv-output -d 'Folder of the CSV outputs, if not --output' -r -F
complete -c retail -n "__fish_retail_using_subcommand batch" -l map -d 'Column that carries a field, as product=Description; may be repeated' -r
complete -c retail -n "__fish_retail_using_subcommand batch" -l date-format -d 'Format of dates that are not ISO, such as %d-%b-%Y' -r
complete -c retail -n "__fish_retail_using_subcommand batch" -l delimiter -d 'Delimiter of fields, one of , ; | tab; without it, found by looking' -r
complete -c retail -n "__fish_retail_using_subcommand batch" -l dedup -d 'Count a record once whose fields were seen before' -r
complete -c retail -n "__fish_retail_using_subcommand batch" -l max-rejects -d 'Exit with 3 when more records are rejected, as 100 or 2.5%' -r
complete -c retail -n "__fish_retail_using_subcommand batch" -l analysis -d 'What to compute besides: names of --list, or all' -r
complete -c retail -n "__fish_retail_using_subcommand batch" -l master -d 'Folder of products.csv, stores.csv and customers.csv for the analyses' -r -F
complete -c retail -n "__fish_retail_using_subcommand batch" -l inventory -d 'Inventory events for the analyses of stock: file or folder; may be repeated' -r -F
complete -c retail -n "__fish_retail_using_subcommand batch" -l sessions -d 'Sessions for the warehouse: the folder that retail stream --job sessions wrote' -r -F
complete -c retail -n "__fish_retail_using_subcommand batch" -l live -d 'Live events that continue the input in the views of lambda; may be repeated' -r -F
complete -c retail -n "__fish_retail_using_subcommand batch" -l batch-watermark -d 'Where the input ends for these views; else its last day, or its end without --live' -r
complete -c retail -n "__fish_retail_using_subcommand batch" -l as-of -d 'The date that analyses look back from; without it, the last day with a sale' -r
complete -c retail -n "__fish_retail_using_subcommand batch" -l leave-out -d 'What analyses leave out: write-offs, non-products, adjustments, anonymous, returns' -r
complete -c retail -n "__fish_retail_using_subcommand batch" -l non-products -d 'Codes of --leave-out non-products; without it, those of the UCI Online Retail set' -r
complete -c retail -n "__fish_retail_using_subcommand batch" -l engine -d 'Who does the work: this process, a Spark cluster, or by the size of the input (from 64 GiB on)' -r -f -a "local\t'This process'
spark\t'A Spark cluster'
auto\t'Spark where one is configured and the input is large'"
complete -c retail -n "__fish_retail_using_subcommand batch" -l remote -d 'Address of Spark Connect, as sc://host:15002 or sc://host/;use_ssl=true;token=…' -r
complete -c retail -n "__fish_retail_using_subcommand batch" -l wait-for-input -d 'Wait so long for input to appear' -r
complete -c retail -n "__fish_retail_using_subcommand batch" -l threads -d 'Threads; without it, one a core' -r
complete -c retail -n "__fish_retail_using_subcommand batch" -l temp-dir -d 'Folder of spill files, which have no name; without it, --output' -r -F
complete -c retail -n "__fish_retail_using_subcommand batch" -l color -d 'Use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retail -n "__fish_retail_using_subcommand batch" -l log-format -d 'Form of the messages on stderr' -r -f -a "text\t'`[2025-01-01 12:00:00] [INFO] message`'
json\t'One JSON object a line'"
complete -c retail -n "__fish_retail_using_subcommand batch" -l config -d 'Read settings from this file instead of retail.toml' -r -F
complete -c retail -n "__fish_retail_using_subcommand batch" -l no-hdfs -d 'Take the local defaults for what is configured, not typed, as hdfs://'
complete -c retail -n "__fish_retail_using_subcommand batch" -l decimal-comma -d 'Numbers are written 1,50'
complete -c retail -n "__fish_retail_using_subcommand batch" -l list -d 'List the analyses and end'
complete -c retail -n "__fish_retail_using_subcommand batch" -l full -d 'Compute all days, also those whose records are as they were in the last run'
complete -c retail -n "__fish_retail_using_subcommand batch" -l allow-empty -d 'No input is no error'
complete -c retail -n "__fish_retail_using_subcommand batch" -l json -d 'Print the run\'s summary as one JSON object on stdout'
complete -c retail -n "__fish_retail_using_subcommand batch" -s q -l quiet -d 'Print nothing but errors, data and --json'
complete -c retail -n "__fish_retail_using_subcommand batch" -s v -l verbose -d 'Print more on stderr, and the causes of an error'
complete -c retail -n "__fish_retail_using_subcommand batch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retail -n "__fish_retail_using_subcommand stream" -s i -l input -d 'File, folder with all below, or - for stdin; may be repeated' -r -F
complete -c retail -n "__fish_retail_using_subcommand stream" -l rate -d 'Events a second; 0 for as fast as possible' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l speed -d 'Follow event time, so many times as fast: 60 plays an hour in a minute' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l order -d 'Order of the events' -r -f -a "time\t'By event time'
file\t'As they stand in the files'"
complete -c retail -n "__fish_retail_using_subcommand stream" -l job -d 'What to make of the messages: jobs that share one read of them; list shows all' -r -f -a "revenue\t''
sales\t''
metrics\t''
orders\t''
anomalies\t''
inventory\t''
sessions\t''
cart_abandonment\t''
events\t''
archive\t''
list\t''"
complete -c retail -n "__fish_retail_using_subcommand stream" -l set -d 'Set what a job can be told, as anomalies.high_value=5000; may be repeated' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l webhook -d 'Send the alerts of jobs there, as JSON: each at least once, kept in the checkpoint until it is taken, 10,000 at most; 10 s are waited at the end. The table has every alert' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l webhook-quiet -d 'Do not send the same trouble again for so long' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l window -d 'Length of a window' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l slide -d 'Distance of windows; it divides their length' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l watermark -d 'How far the watermark stays behind the latest event' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l idle -d 'A partition that is fully read holds windows back so long' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -s o -l output -d 'Folder of closed windows; of an archive data/archive, of jobs data/output/live, - for stdout; and databases beside it, as postgres://…, clickhouse://…; may be repeated' -r -F
complete -c retail -n "__fish_retail_using_subcommand stream" -l checkpoint -d 'Folder of positions and state; of an archive checkpoints/archive, of jobs checkpoints/live' -r -F
complete -c retail -n "__fish_retail_using_subcommand stream" -l commit-interval -d 'How often positions and state are committed' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l roll-size -d 'An archive\'s files are closed when one is so long' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l roll-interval -d 'They are closed, and positions committed, after so long' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l engine -d 'Who does the work: this process, a Spark cluster, or by the size of the input (from 64 GiB on)' -r -f -a "local\t'This process'
spark\t'A Spark cluster'
auto\t'Spark where one is configured and the input is large'"
complete -c retail -n "__fish_retail_using_subcommand stream" -l remote -d 'Address of Spark Connect, as sc://host:15002 or sc://host/;use_ssl=true;token=…' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l map -d 'Column that carries a field, as product=Description; may be repeated' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l date-format -d 'Format of dates that are not ISO, such as %d-%b-%Y' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l delimiter -d 'Delimiter of fields, one of , ; | tab; without it, found by looking' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l dedup -d 'Count a record once whose fields were seen before' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l dedup-horizon -d 'How long keys are known, in event time' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l brokers -d 'Addresses of the brokers; "env" for the configured ones' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l topic -d 'The topic' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -s X -l property -d 'Property of librdkafka, such as security.protocol=ssl; may be repeated' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l wait -d 'Wait so long for the brokers to answer' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l from -d 'Where to begin in a topic that no checkpoint knows' -r -f -a "earliest\t'With the first message that is there'
latest\t'Behind the last message'"
complete -c retail -n "__fish_retail_using_subcommand stream" -l group -d 'Consumer group that is told of positions' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l on-gap -d 'What to do about messages that expired unread' -r -f -a "error\t'End with an error'
continue\t'Count them as lost and go on'"
complete -c retail -n "__fish_retail_using_subcommand stream" -l partitions -d 'Make a missing topic with so many partitions' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l max-event-jump -d 'Reject events dated so far ahead of the broker\'s clock' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l dlq -d 'Send rejects to this topic, without a name to TOPIC.dlq' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l metrics-addr -d 'Serve /metrics and /health there; a port alone is of 127.0.0.1' -r
complete -c retail -n "__fish_retail_using_subcommand stream" -l temp-dir -d 'Folder for events that are too many to sort in memory' -r -F
complete -c retail -n "__fish_retail_using_subcommand stream" -l color -d 'Use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retail -n "__fish_retail_using_subcommand stream" -l log-format -d 'Form of the messages on stderr' -r -f -a "text\t'`[2025-01-01 12:00:00] [INFO] message`'
json\t'One JSON object a line'"
complete -c retail -n "__fish_retail_using_subcommand stream" -l config -d 'Read settings from this file instead of retail.toml' -r -F
complete -c retail -n "__fish_retail_using_subcommand stream" -l loop -d 'Begin again at the end, with all dates moved on'
complete -c retail -n "__fish_retail_using_subcommand stream" -l shuffle -d 'Play files shuffled'
complete -c retail -n "__fish_retail_using_subcommand stream" -l until-end -d 'End when everything present is read, and close all windows'
complete -c retail -n "__fish_retail_using_subcommand stream" -l fresh -d 'Begin anew; what was there is set aside in _previous'
complete -c retail -n "__fish_retail_using_subcommand stream" -l decimal-comma -d 'Numbers are written 1,50'
complete -c retail -n "__fish_retail_using_subcommand stream" -l json -d 'Print the run\'s summary as one JSON object on stdout'
complete -c retail -n "__fish_retail_using_subcommand stream" -s q -l quiet -d 'Print nothing but errors, data and --json'
complete -c retail -n "__fish_retail_using_subcommand stream" -s v -l verbose -d 'Print more on stderr, and the causes of an error'
complete -c retail -n "__fish_retail_using_subcommand stream" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retail -n "__fish_retail_using_subcommand serve" -s l -l listen -d 'Address, as 0.0.0.0 or 127.0.0.1:5000; a port only for a single server' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l batch-port -d 'Port of the batch dashboard; 0 for any that is free' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l live-port -d 'Port of the live dashboard' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l api-port -d 'Port of the API' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -s o -l output -d 'Folder of batch\'s outputs' -r -F
complete -c retail -n "__fish_retail_using_subcommand serve" -l csv-output -d 'Folder of batch\'s CSV outputs, if not --output' -r -F
complete -c retail -n "__fish_retail_using_subcommand serve" -l stream-output -d 'Folder of the stream\'s windows' -r -F
complete -c retail -n "__fish_retail_using_subcommand serve" -l live-output -d 'Folder of the output of stream --job' -r -F
complete -c retail -n "__fish_retail_using_subcommand serve" -l currency -d 'Currency of all amounts, as EUR; without it numbers stand alone' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l locale -d 'How numbers are written, as de-DE; without it as the browser likes' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l as-of -d 'Which day today is: today, latest (that has sales) or a date' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l windows -d 'Windows that the live dashboard shows' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l series -d 'Products that it draws' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l ingest-port -d 'Port of the server that takes records in' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l brokers -d 'Addresses of the brokers, for serve ingest; "env" for the configured ones' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l topic -d 'Topic of sale lines that may be written by POST /ingest/TOPIC; may be repeated' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l event-topic -d 'Topic of events of a live shop, as stream --job reads them; may be repeated' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l order-topic -d 'Topic of orders' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l partitions -d 'Partitions of a topic that is made because it is missing' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -s X -l property -d 'Property of librdkafka, such as security.protocol=ssl; may be repeated' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l wait -d 'Wait so long for the brokers to answer' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l max-event-jump -d 'Refuse events dated so far ahead of the clock' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l ingest-id -d 'Name of this server to Kafka, its transactional id: of two with one name the first ends' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l idempotency-horizon -d 'Idempotency keys are known for so long' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l idempotency-keys -d 'Idempotency keys that are known at most; then new ones are refused' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l max-body -d 'Bytes of a request at most' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l max-records -d 'Records of a request at most' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l max-waiting -d 'Bytes of all requests that wait for Kafka at most' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l max-requests -d 'Requests that wait for Kafka at most' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l map -d 'Column that carries a field, as product=Description; may be repeated' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l date-format -d 'Format of dates that are not ISO, such as %d-%b-%Y' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l delimiter -d 'Delimiter of fields, one of , ; | tab; without it, found by looking' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l api-key-file -d 'File of API keys, one a line' -r -F
complete -c retail -n "__fish_retail_using_subcommand serve" -l allow-host -d 'Another name of this machine, where a proxy passes it on; may be repeated' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l cors-origin -d 'Site whose pages may ask the API; may be repeated' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l cache -d 'Redis in which servers share the answers of the API, as redis://host:6379' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l cache-ttl -d 'An answer stands there for so long' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l rate-limit -d 'Requests a second to /api/v1 and serve ingest that each key is good for, twice as many at once' -r
complete -c retail -n "__fish_retail_using_subcommand serve" -l color -d 'Use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retail -n "__fish_retail_using_subcommand serve" -l log-format -d 'Form of the messages on stderr' -r -f -a "text\t'`[2025-01-01 12:00:00] [INFO] message`'
json\t'One JSON object a line'"
complete -c retail -n "__fish_retail_using_subcommand serve" -l config -d 'Read settings from this file instead of retail.toml' -r -F
complete -c retail -n "__fish_retail_using_subcommand serve" -l decimal-comma -d 'Numbers are written 1,50'
complete -c retail -n "__fish_retail_using_subcommand serve" -l no-auth -d 'Let other machines see the dashboards without a key, and anybody post to serve ingest'
complete -c retail -n "__fish_retail_using_subcommand serve" -l json -d 'Print the run\'s summary as one JSON object on stdout'
complete -c retail -n "__fish_retail_using_subcommand serve" -s q -l quiet -d 'Print nothing but errors, data and --json'
complete -c retail -n "__fish_retail_using_subcommand serve" -s v -l verbose -d 'Print more on stderr, and the causes of an error'
complete -c retail -n "__fish_retail_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retail -n "__fish_retail_using_subcommand demo" -l root -d 'Folder for everything that the demo writes' -r -F
complete -c retail -n "__fish_retail_using_subcommand demo" -l days -d 'Days of sales, today the last' -r
complete -c retail -n "__fish_retail_using_subcommand demo" -l transactions-per-day -d 'Sales a day' -r
complete -c retail -n "__fish_retail_using_subcommand demo" -l rate -d 'Live events a second' -r
complete -c retail -n "__fish_retail_using_subcommand demo" -l currency -d 'Currency of all amounts, as EUR; without it numbers stand alone' -r
complete -c retail -n "__fish_retail_using_subcommand demo" -l locale -d 'How numbers are written, as de-DE; without it as the browser likes' -r
complete -c retail -n "__fish_retail_using_subcommand demo" -l batch-port -d 'Port of the batch dashboard; 0 for any that is free' -r
complete -c retail -n "__fish_retail_using_subcommand demo" -l live-port -d 'Port of the live dashboard' -r
complete -c retail -n "__fish_retail_using_subcommand demo" -l api-port -d 'Port of the API' -r
complete -c retail -n "__fish_retail_using_subcommand demo" -l color -d 'Use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retail -n "__fish_retail_using_subcommand demo" -l log-format -d 'Form of the messages on stderr' -r -f -a "text\t'`[2025-01-01 12:00:00] [INFO] message`'
json\t'One JSON object a line'"
complete -c retail -n "__fish_retail_using_subcommand demo" -l config -d 'Read settings from this file instead of retail.toml' -r -F
complete -c retail -n "__fish_retail_using_subcommand demo" -l json -d 'Print the run\'s summary as one JSON object on stdout'
complete -c retail -n "__fish_retail_using_subcommand demo" -s q -l quiet -d 'Print nothing but errors, data and --json'
complete -c retail -n "__fish_retail_using_subcommand demo" -s v -l verbose -d 'Print more on stderr, and the causes of an error'
complete -c retail -n "__fish_retail_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retail -n "__fish_retail_using_subcommand query" -s o -l output -d 'Folder of the outputs' -r -F
complete -c retail -n "__fish_retail_using_subcommand query" -s f -l format -d 'Form of the result' -r -f -a "table\t'Columns that fit the terminal'
csv\t'Comma-separated values with a header'
json\t'An array of objects, one a line; decimals are strings'"
complete -c retail -n "__fish_retail_using_subcommand query" -s l -l limit -d 'Rows that a table shows at most; 0 shows all' -r
complete -c retail -n "__fish_retail_using_subcommand query" -l color -d 'Use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retail -n "__fish_retail_using_subcommand query" -l log-format -d 'Form of the messages on stderr' -r -f -a "text\t'`[2025-01-01 12:00:00] [INFO] message`'
json\t'One JSON object a line'"
complete -c retail -n "__fish_retail_using_subcommand query" -l config -d 'Read settings from this file instead of retail.toml' -r -F
complete -c retail -n "__fish_retail_using_subcommand query" -l json -d 'Print the run\'s summary as one JSON object on stdout'
complete -c retail -n "__fish_retail_using_subcommand query" -s q -l quiet -d 'Print nothing but errors, data and --json'
complete -c retail -n "__fish_retail_using_subcommand query" -s v -l verbose -d 'Print more on stderr, and the causes of an error'
complete -c retail -n "__fish_retail_using_subcommand query" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retail -n "__fish_retail_using_subcommand report" -s d -l date -d 'The day; without it, the last one with sales' -r
complete -c retail -n "__fish_retail_using_subcommand report" -s o -l output -d 'Folder that batch wrote to' -r -F
complete -c retail -n "__fish_retail_using_subcommand report" -s f -l format -d 'Form; without it as --to is named, else html, on a terminal md' -r -f -a "html\t'A page for browsers and printers, with nothing outside of it'
md\t'Markdown with tables'
json\t'One object; money is text, but in the fields of the replaced job\'s report'"
complete -c retail -n "__fish_retail_using_subcommand report" -s t -l to -d 'File that is written, on any store, or - for standard output' -r -F
complete -c retail -n "__fish_retail_using_subcommand report" -l currency -d 'Currency of all amounts, as EUR; without it numbers stand alone' -r
complete -c retail -n "__fish_retail_using_subcommand report" -l color -d 'Use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retail -n "__fish_retail_using_subcommand report" -l log-format -d 'Form of the messages on stderr' -r -f -a "text\t'`[2025-01-01 12:00:00] [INFO] message`'
json\t'One JSON object a line'"
complete -c retail -n "__fish_retail_using_subcommand report" -l config -d 'Read settings from this file instead of retail.toml' -r -F
complete -c retail -n "__fish_retail_using_subcommand report" -l json -d 'Print the run\'s summary as one JSON object on stdout'
complete -c retail -n "__fish_retail_using_subcommand report" -s q -l quiet -d 'Print nothing but errors, data and --json'
complete -c retail -n "__fish_retail_using_subcommand report" -s v -l verbose -d 'Print more on stderr, and the causes of an error'
complete -c retail -n "__fish_retail_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retail -n "__fish_retail_using_subcommand sinks" -s o -l output -d 'Database, as postgres://…, clickhouse://…, mongodb://…, cassandra://…; may be repeated' -r -F
complete -c retail -n "__fish_retail_using_subcommand sinks" -l lake -d 'Output of stream --job events on S3 that ClickHouse\'s views join with its own rows' -r
complete -c retail -n "__fish_retail_using_subcommand sinks" -l color -d 'Use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retail -n "__fish_retail_using_subcommand sinks" -l log-format -d 'Form of the messages on stderr' -r -f -a "text\t'`[2025-01-01 12:00:00] [INFO] message`'
json\t'One JSON object a line'"
complete -c retail -n "__fish_retail_using_subcommand sinks" -l config -d 'Read settings from this file instead of retail.toml' -r -F
complete -c retail -n "__fish_retail_using_subcommand sinks" -l dry-run -d 'Print the statements of init and do nothing'
complete -c retail -n "__fish_retail_using_subcommand sinks" -l json -d 'Print the run\'s summary as one JSON object on stdout'
complete -c retail -n "__fish_retail_using_subcommand sinks" -s q -l quiet -d 'Print nothing but errors, data and --json'
complete -c retail -n "__fish_retail_using_subcommand sinks" -s v -l verbose -d 'Print more on stderr, and the causes of an error'
complete -c retail -n "__fish_retail_using_subcommand sinks" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retail -n "__fish_retail_using_subcommand doctor" -s X -l property -d 'Property of librdkafka, such as security.protocol=ssl; may be repeated' -r
complete -c retail -n "__fish_retail_using_subcommand doctor" -l color -d 'Use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retail -n "__fish_retail_using_subcommand doctor" -l log-format -d 'Form of the messages on stderr' -r -f -a "text\t'`[2025-01-01 12:00:00] [INFO] message`'
json\t'One JSON object a line'"
complete -c retail -n "__fish_retail_using_subcommand doctor" -l config -d 'Read settings from this file instead of retail.toml' -r -F
complete -c retail -n "__fish_retail_using_subcommand doctor" -l write -d 'Write a file into every folder, and remove it'
complete -c retail -n "__fish_retail_using_subcommand doctor" -l json -d 'Print the run\'s summary as one JSON object on stdout'
complete -c retail -n "__fish_retail_using_subcommand doctor" -s q -l quiet -d 'Print nothing but errors, data and --json'
complete -c retail -n "__fish_retail_using_subcommand doctor" -s v -l verbose -d 'Print more on stderr, and the causes of an error'
complete -c retail -n "__fish_retail_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retail -n "__fish_retail_using_subcommand verify" -s i -l input -d 'File, or folder with all below; may be repeated' -r -F
complete -c retail -n "__fish_retail_using_subcommand verify" -s o -l output -d 'Folder that batch wrote to' -r -F
complete -c retail -n "__fish_retail_using_subcommand verify" -l stream-output -d 'Folder that stream wrote to; without it, streaming_product_revenue in --output' -r -F
complete -c retail -n "__fish_retail_using_subcommand verify" -l threads -d 'Threads; without it, one a core' -r
complete -c retail -n "__fish_retail_using_subcommand verify" -l temp-dir -d 'Folder of spill files, which have no name; without it, --output' -r -F
complete -c retail -n "__fish_retail_using_subcommand verify" -l color -d 'Use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retail -n "__fish_retail_using_subcommand verify" -l log-format -d 'Form of the messages on stderr' -r -f -a "text\t'`[2025-01-01 12:00:00] [INFO] message`'
json\t'One JSON object a line'"
complete -c retail -n "__fish_retail_using_subcommand verify" -l config -d 'Read settings from this file instead of retail.toml' -r -F
complete -c retail -n "__fish_retail_using_subcommand verify" -l json -d 'Print the run\'s summary as one JSON object on stdout'
complete -c retail -n "__fish_retail_using_subcommand verify" -s q -l quiet -d 'Print nothing but errors, data and --json'
complete -c retail -n "__fish_retail_using_subcommand verify" -s v -l verbose -d 'Print more on stderr, and the causes of an error'
complete -c retail -n "__fish_retail_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retail -n "__fish_retail_using_subcommand history" -s i -l input -d 'Folder that generate writes to; the worlds beside it count, too' -r -F
complete -c retail -n "__fish_retail_using_subcommand history" -s o -l output -d 'Folder that batch and stream write to' -r -F
complete -c retail -n "__fish_retail_using_subcommand history" -s l -l limit -d 'Runs that are shown at most, the newest; 0 shows all' -r
complete -c retail -n "__fish_retail_using_subcommand history" -l command -d 'Only runs of this command' -r -f -a "generate\t''
batch\t''
stream\t''
verify\t''
upload-hdfs\t''"
complete -c retail -n "__fish_retail_using_subcommand history" -l color -d 'Use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retail -n "__fish_retail_using_subcommand history" -l log-format -d 'Form of the messages on stderr' -r -f -a "text\t'`[2025-01-01 12:00:00] [INFO] message`'
json\t'One JSON object a line'"
complete -c retail -n "__fish_retail_using_subcommand history" -l config -d 'Read settings from this file instead of retail.toml' -r -F
complete -c retail -n "__fish_retail_using_subcommand history" -l failed -d 'Only runs that failed, were killed or interrupted, or whose check failed'
complete -c retail -n "__fish_retail_using_subcommand history" -l json -d 'Print the run\'s summary as one JSON object on stdout'
complete -c retail -n "__fish_retail_using_subcommand history" -s q -l quiet -d 'Print nothing but errors, data and --json'
complete -c retail -n "__fish_retail_using_subcommand history" -s v -l verbose -d 'Print more on stderr, and the causes of an error'
complete -c retail -n "__fish_retail_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retail -n "__fish_retail_using_subcommand jobs" -l checkpoint -d 'Checkpoint that clean looks at, or folder of them; may be repeated' -r -F
complete -c retail -n "__fish_retail_using_subcommand jobs" -l remote -d 'Address of Spark Connect, as sc://host:15002 or sc://host/;use_ssl=true;token=…' -r
complete -c retail -n "__fish_retail_using_subcommand jobs" -l color -d 'Use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retail -n "__fish_retail_using_subcommand jobs" -l log-format -d 'Form of the messages on stderr' -r -f -a "text\t'`[2025-01-01 12:00:00] [INFO] message`'
json\t'One JSON object a line'"
complete -c retail -n "__fish_retail_using_subcommand jobs" -l config -d 'Read settings from this file instead of retail.toml' -r -F
complete -c retail -n "__fish_retail_using_subcommand jobs" -l all -d 'Stop all'
complete -c retail -n "__fish_retail_using_subcommand jobs" -s y -l yes -d 'Do what clean otherwise only shows'
complete -c retail -n "__fish_retail_using_subcommand jobs" -l json -d 'Print the run\'s summary as one JSON object on stdout'
complete -c retail -n "__fish_retail_using_subcommand jobs" -s q -l quiet -d 'Print nothing but errors, data and --json'
complete -c retail -n "__fish_retail_using_subcommand jobs" -s v -l verbose -d 'Print more on stderr, and the causes of an error'
complete -c retail -n "__fish_retail_using_subcommand jobs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retail -n "__fish_retail_using_subcommand upload-hdfs" -s i -l input -d 'Folder, or file, to copy' -r -F
complete -c retail -n "__fish_retail_using_subcommand upload-hdfs" -l hdfs -d 'HDFS, or a folder of it that stands for its root' -r
complete -c retail -n "__fish_retail_using_subcommand upload-hdfs" -l wait -d 'Wait so long for HDFS to answer and leave safe mode' -r
complete -c retail -n "__fish_retail_using_subcommand upload-hdfs" -l jobs -d 'Files that are copied at once' -r
complete -c retail -n "__fish_retail_using_subcommand upload-hdfs" -l color -d 'Use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retail -n "__fish_retail_using_subcommand upload-hdfs" -l log-format -d 'Form of the messages on stderr' -r -f -a "text\t'`[2025-01-01 12:00:00] [INFO] message`'
json\t'One JSON object a line'"
complete -c retail -n "__fish_retail_using_subcommand upload-hdfs" -l config -d 'Read settings from this file instead of retail.toml' -r -F
complete -c retail -n "__fish_retail_using_subcommand upload-hdfs" -l force -d 'Copy what is there unchanged, too'
complete -c retail -n "__fish_retail_using_subcommand upload-hdfs" -s n -l dry-run -d 'Say what would be copied and touch nothing'
complete -c retail -n "__fish_retail_using_subcommand upload-hdfs" -l json -d 'Print the run\'s summary as one JSON object on stdout'
complete -c retail -n "__fish_retail_using_subcommand upload-hdfs" -s q -l quiet -d 'Print nothing but errors, data and --json'
complete -c retail -n "__fish_retail_using_subcommand upload-hdfs" -s v -l verbose -d 'Print more on stderr, and the causes of an error'
complete -c retail -n "__fish_retail_using_subcommand upload-hdfs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retail -n "__fish_retail_using_subcommand cleanup" -l root -d 'Folder that holds the folders to clear' -r -F
complete -c retail -n "__fish_retail_using_subcommand cleanup" -l color -d 'Use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retail -n "__fish_retail_using_subcommand cleanup" -l log-format -d 'Form of the messages on stderr' -r -f -a "text\t'`[2025-01-01 12:00:00] [INFO] message`'
json\t'One JSON object a line'"
complete -c retail -n "__fish_retail_using_subcommand cleanup" -l config -d 'Read settings from this file instead of retail.toml' -r -F
complete -c retail -n "__fish_retail_using_subcommand cleanup" -s n -l dry-run -d 'Say what would be cleared and touch nothing'
complete -c retail -n "__fish_retail_using_subcommand cleanup" -s y -l yes -d 'Do not ask'
complete -c retail -n "__fish_retail_using_subcommand cleanup" -l json -d 'Print the run\'s summary as one JSON object on stdout'
complete -c retail -n "__fish_retail_using_subcommand cleanup" -s q -l quiet -d 'Print nothing but errors, data and --json'
complete -c retail -n "__fish_retail_using_subcommand cleanup" -s v -l verbose -d 'Print more on stderr, and the causes of an error'
complete -c retail -n "__fish_retail_using_subcommand cleanup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retail -n "__fish_retail_using_subcommand completions" -l color -d 'Use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retail -n "__fish_retail_using_subcommand completions" -l log-format -d 'Form of the messages on stderr' -r -f -a "text\t'`[2025-01-01 12:00:00] [INFO] message`'
json\t'One JSON object a line'"
complete -c retail -n "__fish_retail_using_subcommand completions" -l config -d 'Read settings from this file instead of retail.toml' -r -F
complete -c retail -n "__fish_retail_using_subcommand completions" -l json -d 'Print the run\'s summary as one JSON object on stdout'
complete -c retail -n "__fish_retail_using_subcommand completions" -s q -l quiet -d 'Print nothing but errors, data and --json'
complete -c retail -n "__fish_retail_using_subcommand completions" -s v -l verbose -d 'Print more on stderr, and the causes of an error'
complete -c retail -n "__fish_retail_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retail -n "__fish_retail_using_subcommand man" -l dir -d 'Write all pages into this folder instead' -r -F
complete -c retail -n "__fish_retail_using_subcommand man" -l color -d 'Use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c retail -n "__fish_retail_using_subcommand man" -l log-format -d 'Form of the messages on stderr' -r -f -a "text\t'`[2025-01-01 12:00:00] [INFO] message`'
json\t'One JSON object a line'"
complete -c retail -n "__fish_retail_using_subcommand man" -l config -d 'Read settings from this file instead of retail.toml' -r -F
complete -c retail -n "__fish_retail_using_subcommand man" -l json -d 'Print the run\'s summary as one JSON object on stdout'
complete -c retail -n "__fish_retail_using_subcommand man" -s q -l quiet -d 'Print nothing but errors, data and --json'
complete -c retail -n "__fish_retail_using_subcommand man" -s v -l verbose -d 'Print more on stderr, and the causes of an error'
complete -c retail -n "__fish_retail_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c retail -n "__fish_retail_using_subcommand help; and not __fish_seen_subcommand_from generate replay batch stream serve demo query report sinks doctor verify history jobs upload-hdfs cleanup completions man help" -f -a "generate" -d 'Write believable sales, one file a day'
complete -c retail -n "__fish_retail_using_subcommand help; and not __fish_seen_subcommand_from generate replay batch stream serve demo query report sinks doctor verify history jobs upload-hdfs cleanup completions man help" -f -a "replay" -d 'Play files as events, to Kafka or as JSON lines'
complete -c retail -n "__fish_retail_using_subcommand help; and not __fish_seen_subcommand_from generate replay batch stream serve demo query report sinks doctor verify history jobs upload-hdfs cleanup completions man help" -f -a "batch" -d 'Add up the daily revenue of every product'
complete -c retail -n "__fish_retail_using_subcommand help; and not __fish_seen_subcommand_from generate replay batch stream serve demo query report sinks doctor verify history jobs upload-hdfs cleanup completions man help" -f -a "stream" -d 'Add up revenue in windows of event time, live, or archive a topic'
complete -c retail -n "__fish_retail_using_subcommand help; and not __fish_seen_subcommand_from generate replay batch stream serve demo query report sinks doctor verify history jobs upload-hdfs cleanup completions man help" -f -a "serve" -d 'Show dashboards, answer an API, take orders in'
complete -c retail -n "__fish_retail_using_subcommand help; and not __fish_seen_subcommand_from generate replay batch stream serve demo query report sinks doctor verify history jobs upload-hdfs cleanup completions man help" -f -a "demo" -d 'Look at everything at once: sales, their sums, live windows, dashboards'
complete -c retail -n "__fish_retail_using_subcommand help; and not __fish_seen_subcommand_from generate replay batch stream serve demo query report sinks doctor verify history jobs upload-hdfs cleanup completions man help" -f -a "query" -d 'Ask the outputs, or any CSV or Parquet file, in SQL'
complete -c retail -n "__fish_retail_using_subcommand help; and not __fish_seen_subcommand_from generate replay batch stream serve demo query report sinks doctor verify history jobs upload-hdfs cleanup completions man help" -f -a "report" -d 'Write the daily business report'
complete -c retail -n "__fish_retail_using_subcommand help; and not __fish_seen_subcommand_from generate replay batch stream serve demo query report sinks doctor verify history jobs upload-hdfs cleanup completions man help" -f -a "sinks" -d 'Make or check the tables and views of databases that results go to'
complete -c retail -n "__fish_retail_using_subcommand help; and not __fish_seen_subcommand_from generate replay batch stream serve demo query report sinks doctor verify history jobs upload-hdfs cleanup completions man help" -f -a "doctor" -d 'Check every configured address: Kafka, HDFS, S3, Spark, databases, folders'
complete -c retail -n "__fish_retail_using_subcommand help; and not __fish_seen_subcommand_from generate replay batch stream serve demo query report sinks doctor verify history jobs upload-hdfs cleanup completions man help" -f -a "verify" -d 'Prove that input, batch, stream and declared truth agree to the cent'
complete -c retail -n "__fish_retail_using_subcommand help; and not __fish_seen_subcommand_from generate replay batch stream serve demo query report sinks doctor verify history jobs upload-hdfs cleanup completions man help" -f -a "history" -d 'Show the runs: when, what, how long, how many rows, how they ended'
complete -c retail -n "__fish_retail_using_subcommand help; and not __fish_seen_subcommand_from generate replay batch stream serve demo query report sinks doctor verify history jobs upload-hdfs cleanup completions man help" -f -a "jobs" -d 'Show, end and clear up after what runs on a Spark cluster'
complete -c retail -n "__fish_retail_using_subcommand help; and not __fish_seen_subcommand_from generate replay batch stream serve demo query report sinks doctor verify history jobs upload-hdfs cleanup completions man help" -f -a "upload-hdfs" -d 'Copy the input files to HDFS, each whole or not at all'
complete -c retail -n "__fish_retail_using_subcommand help; and not __fish_seen_subcommand_from generate replay batch stream serve demo query report sinks doctor verify history jobs upload-hdfs cleanup completions man help" -f -a "cleanup" -d 'Empty the folders that runs fill'
complete -c retail -n "__fish_retail_using_subcommand help; and not __fish_seen_subcommand_from generate replay batch stream serve demo query report sinks doctor verify history jobs upload-hdfs cleanup completions man help" -f -a "completions" -d 'Print the completions of a shell'
complete -c retail -n "__fish_retail_using_subcommand help; and not __fish_seen_subcommand_from generate replay batch stream serve demo query report sinks doctor verify history jobs upload-hdfs cleanup completions man help" -f -a "man" -d 'Print a manual page, or write all of them'
complete -c retail -n "__fish_retail_using_subcommand help; and not __fish_seen_subcommand_from generate replay batch stream serve demo query report sinks doctor verify history jobs upload-hdfs cleanup completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
