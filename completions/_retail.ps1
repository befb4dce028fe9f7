
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'retail' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'retail'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'retail' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the messages on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of retail.toml')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the run''s summary as one JSON object on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Write believable sales, one file a day')
            [CompletionResult]::new('replay', 'replay', [CompletionResultType]::ParameterValue, 'Play files as events, to Kafka or as JSON lines')
            [CompletionResult]::new('batch', 'batch', [CompletionResultType]::ParameterValue, 'Add up the daily revenue of every product')
            [CompletionResult]::new('stream', 'stream', [CompletionResultType]::ParameterValue, 'Add up revenue in windows of event time, live, or archive a topic')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Show dashboards, answer an API, take orders in')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Look at everything at once: sales, their sums, live windows, dashboards')
            [CompletionResult]::new('query', 'query', [CompletionResultType]::ParameterValue, 'Ask the outputs, or any CSV or Parquet file, in SQL')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Write the daily business report')
            [CompletionResult]::new('sinks', 'sinks', [CompletionResultType]::ParameterValue, 'Make or check the tables and views of databases that results go to')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check every configured address: Kafka, HDFS, S3, Spark, databases, folders')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Prove that input, batch, stream and declared truth agree to the cent')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Show the runs: when, what, how long, how many rows, how they ended')
            [CompletionResult]::new('jobs', 'jobs', [CompletionResultType]::ParameterValue, 'Show, end and clear up after what runs on a Spark cluster')
            [CompletionResult]::new('upload-hdfs', 'upload-hdfs', [CompletionResultType]::ParameterValue, 'Copy the input files to HDFS, each whole or not at all')
            [CompletionResult]::new('cleanup', 'cleanup', [CompletionResultType]::ParameterValue, 'Empty the folders that runs fill')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print a manual page, or write all of them')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'retail;generate' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Folder to write to, or - for stdout')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Folder to write to, or - for stdout')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Number of days')
            [CompletionResult]::new('--days', '--days', [CompletionResultType]::ParameterName, 'Number of days')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'Sales a day on average: any 7 days in a row hold 7 times N')
            [CompletionResult]::new('--transactions-per-day', '--transactions-per-day', [CompletionResultType]::ParameterName, 'Sales a day on average: any 7 days in a row hold 7 times N')
            [CompletionResult]::new('--start-date', '--start-date', [CompletionResultType]::ParameterName, 'First day; without it, the last day is today (UTC)')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Start of all randomness')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Start of all randomness')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Format of the files')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Format of the files')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'What the sales look like')
            [CompletionResult]::new('--stores', '--stores', [CompletionResultType]::ParameterName, 'Number of stores; 20 in the standard profile')
            [CompletionResult]::new('--products', '--products', [CompletionResultType]::ParameterName, 'Number of products; 200 in the standard profile')
            [CompletionResult]::new('--customers', '--customers', [CompletionResultType]::ParameterName, 'Number of customers; 5000 in the standard profile')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Threads; without it, one a core')
            [CompletionResult]::new('--malformed', '--malformed', [CompletionResultType]::ParameterName, 'Share of rows that cannot be read, from 0 to 1')
            [CompletionResult]::new('--duplicates', '--duplicates', [CompletionResultType]::ParameterName, 'Share of the readable rows that stand twice, from 0 to 1')
            [CompletionResult]::new('--late', '--late', [CompletionResultType]::ParameterName, 'Share of the rows without other fault that stand late, from 0 to 1')
            [CompletionResult]::new('--master', '--master', [CompletionResultType]::ParameterName, 'Folder of products.csv and stores.csv (standard profile)')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Events a second: of a world, or of sales to Kafka, where 0 and none are as fast as possible')
            [CompletionResult]::new('--world', '--world', [CompletionResultType]::ParameterName, 'Make the events of a world instead of sales, to files of data/worlds/WORLD')
            [CompletionResult]::new('--duration', '--duration', [CompletionResultType]::ParameterName, 'How long it goes on, in event time')
            [CompletionResult]::new('--start', '--start', [CompletionResultType]::ParameterName, 'When it begins (UTC); at 10:00 of --start-date or today, to Kafka now')
            [CompletionResult]::new('--mix', '--mix', [CompletionResultType]::ParameterName, 'Shares of topics or types, such as transactions=1,product_views=9')
            [CompletionResult]::new('--speed', '--speed', [CompletionResultType]::ParameterName, 'Speed of event time to Kafka or stdout; 0 is as fast as possible, the default to stdout, 1 is real time, the default to Kafka')
            [CompletionResult]::new('--anomalies', '--anomalies', [CompletionResultType]::ParameterName, 'Share of anomalies in transactions or sales (globalmart, inventory)')
            [CompletionResult]::new('--shape', '--shape', [CompletionResultType]::ParameterName, 'Shape of the events of inventory')
            [CompletionResult]::new('--topics', '--topics', [CompletionResultType]::ParameterName, 'Make the missing topics of the world and say so')
            [CompletionResult]::new('--topic-prefix', '--topic-prefix', [CompletionResultType]::ParameterName, 'What the names of the topics begin with')
            [CompletionResult]::new('--partitions', '--partitions', [CompletionResultType]::ParameterName, 'Partitions of a topic that is made because it is missing; those of a world have 1 or 3')
            [CompletionResult]::new('--brokers', '--brokers', [CompletionResultType]::ParameterName, 'Addresses of the brokers; "env" for the configured ones')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The topic')
            [CompletionResult]::new('-X', '-X ', [CompletionResultType]::ParameterName, 'Property of librdkafka, such as security.protocol=ssl; may be repeated')
            [CompletionResult]::new('--property', '--property', [CompletionResultType]::ParameterName, 'Property of librdkafka, such as security.protocol=ssl; may be repeated')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait so long for the brokers to answer')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the messages on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of retail.toml')
            [CompletionResult]::new('--keep-existing', '--keep-existing', [CompletionResultType]::ParameterName, 'Keep the files of other days that are in the folder')
            [CompletionResult]::new('--customers-csv', '--customers-csv', [CompletionResultType]::ParameterName, 'Write customers.csv too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the run''s summary as one JSON object on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retail;replay' {
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'File, folder with all below, or - for stdin; may be repeated')
            [CompletionResult]::new('--input', '--input', [CompletionResultType]::ParameterName, 'File, folder with all below, or - for stdin; may be repeated')
            [CompletionResult]::new('--world', '--world', [CompletionResultType]::ParameterName, 'Play the files of a world, each into the topic of its folder; without --input those of data/worlds/WORLD')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Events a second; 0 for as fast as possible')
            [CompletionResult]::new('--speed', '--speed', [CompletionResultType]::ParameterName, 'Follow event time, so many times as fast: 60 plays an hour in a minute')
            [CompletionResult]::new('--order', '--order', [CompletionResultType]::ParameterName, 'Order of the events')
            [CompletionResult]::new('--brokers', '--brokers', [CompletionResultType]::ParameterName, 'Addresses of the brokers; "env" for the configured ones')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The topic')
            [CompletionResult]::new('-X', '-X ', [CompletionResultType]::ParameterName, 'Property of librdkafka, such as security.protocol=ssl; may be repeated')
            [CompletionResult]::new('--property', '--property', [CompletionResultType]::ParameterName, 'Property of librdkafka, such as security.protocol=ssl; may be repeated')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait so long for the brokers to answer')
            [CompletionResult]::new('--partitions', '--partitions', [CompletionResultType]::ParameterName, 'Partitions of a topic that is made because it is missing; those of a world have 1 or 3')
            [CompletionResult]::new('--topic-prefix', '--topic-prefix', [CompletionResultType]::ParameterName, 'What the names of the topics of a world begin with')
            [CompletionResult]::new('--map', '--map', [CompletionResultType]::ParameterName, 'Column that carries a field, as product=Description; may be repeated')
            [CompletionResult]::new('--date-format', '--date-format', [CompletionResultType]::ParameterName, 'Format of dates that are not ISO, such as %d-%b-%Y')
            [CompletionResult]::new('--delimiter', '--delimiter', [CompletionResultType]::ParameterName, 'Delimiter of fields, one of , ; | tab; without it, found by looking')
            [CompletionResult]::new('--metrics-addr', '--metrics-addr', [CompletionResultType]::ParameterName, 'Serve /metrics and /health there; a port alone is of 127.0.0.1')
            [CompletionResult]::new('--temp-dir', '--temp-dir', [CompletionResultType]::ParameterName, 'Folder for events that are too many to sort in memory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the messages on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of retail.toml')
            [CompletionResult]::new('--loop', '--loop', [CompletionResultType]::ParameterName, 'Begin again at the end, with all dates moved on')
            [CompletionResult]::new('--shuffle', '--shuffle', [CompletionResultType]::ParameterName, 'Shuffle the events, in every lap anew')
            [CompletionResult]::new('--decimal-comma', '--decimal-comma', [CompletionResultType]::ParameterName, 'Numbers are written 1,50')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the run''s summary as one JSON object on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retail;batch' {
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'File, folder with all below, or - for stdin; may be repeated')
            [CompletionResult]::new('--input', '--input', [CompletionResultType]::ParameterName, 'File, folder with all below, or - for stdin; may be repeated')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Folder to write to, and databases beside it, as postgres://…, clickhouse://…; may be repeated')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Folder to write to, and databases beside it, as postgres://…, clickhouse://…; may be repeated')
            [CompletionResult]::new('--csv-output', '--csv-output', [CompletionResultType]::ParameterName, 'Folder of the CSV outputs, if not --output')
            [CompletionResult]::new('--map', '--map', [CompletionResultType]::ParameterName, 'Column that carries a field, as product=Description; may be repeated')
            [CompletionResult]::new('--date-format', '--date-format', [CompletionResultType]::ParameterName, 'Format of dates that are not ISO, such as %d-%b-%Y')
            [CompletionResult]::new('--delimiter', '--delimiter', [CompletionResultType]::ParameterName, 'Delimiter of fields, one of , ; | tab; without it, found by looking')
            [CompletionResult]::new('--dedup', '--dedup', [CompletionResultType]::ParameterName, 'Count a record once whose fields were seen before')
            [CompletionResult]::new('--max-rejects', '--max-rejects', [CompletionResultType]::ParameterName, 'Exit with 3 when more records are rejected, as 100 or 2.5%')
            [CompletionResult]::new('--analysis', '--analysis', [CompletionResultType]::ParameterName, 'What to compute besides: names of --list, or all')
            [CompletionResult]::new('--master', '--master', [CompletionResultType]::ParameterName, 'Folder of products.csv, stores.csv and customers.csv for the analyses')
            [CompletionResult]::new('--inventory', '--inventory', [CompletionResultType]::ParameterName, 'Inventory events for the analyses of stock: file or folder; may be repeated')
            [CompletionResult]::new('--sessions', '--sessions', [CompletionResultType]::ParameterName, 'Sessions for the warehouse: the folder that retail stream --job sessions wrote')
            [CompletionResult]::new('--live', '--live', [CompletionResultType]::ParameterName, 'Live events that continue the input in the views of lambda; may be repeated')
            [CompletionResult]::new('--batch-watermark', '--batch-watermark', [CompletionResultType]::ParameterName, 'Where the input ends for these views; else its last day, or its end without --live')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'The date that analyses look back from; without it, the last day with a sale')
            [CompletionResult]::new('--leave-out', '--leave-out', [CompletionResultType]::ParameterName, 'What analyses leave out: write-offs, non-products, adjustments, anonymous, returns')
            [CompletionResult]::new('--non-products', '--non-products', [CompletionResultType]::ParameterName, 'Codes of --leave-out non-products; without it, those of the UCI Online Retail set')
            [CompletionResult]::new('--engine', '--engine', [CompletionResultType]::ParameterName, 'Who does the work: this process, a Spark cluster, or by the size of the input (from 64 GiB on)')
            [CompletionResult]::new('--remote', '--remote', [CompletionResultType]::ParameterName, 'Address of Spark Connect, as sc://host:15002 or sc://host/;use_ssl=true;token=…')
            [CompletionResult]::new('--wait-for-input', '--wait-for-input', [CompletionResultType]::ParameterName, 'Wait so long for input to appear')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Threads; without it, one a core')
            [CompletionResult]::new('--temp-dir', '--temp-dir', [CompletionResultType]::ParameterName, 'Folder of spill files, which have no name; without it, --output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the messages on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of retail.toml')
            [CompletionResult]::new('--no-hdfs', '--no-hdfs', [CompletionResultType]::ParameterName, 'Take the local defaults for what is configured, not typed, as hdfs://')
            [CompletionResult]::new('--decimal-comma', '--decimal-comma', [CompletionResultType]::ParameterName, 'Numbers are written 1,50')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'List the analyses and end')
            [CompletionResult]::new('--full', '--full', [CompletionResultType]::ParameterName, 'Compute all days, also those whose records are as they were in the last run')
            [CompletionResult]::new('--allow-empty', '--allow-empty', [CompletionResultType]::ParameterName, 'No input is no error')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the run''s summary as one JSON object on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retail;stream' {
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'File, folder with all below, or - for stdin; may be repeated')
            [CompletionResult]::new('--input', '--input', [CompletionResultType]::ParameterName, 'File, folder with all below, or - for stdin; may be repeated')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Events a second; 0 for as fast as possible')
            [CompletionResult]::new('--speed', '--speed', [CompletionResultType]::ParameterName, 'Follow event time, so many times as fast: 60 plays an hour in a minute')
            [CompletionResult]::new('--order', '--order', [CompletionResultType]::ParameterName, 'Order of the events')
            [CompletionResult]::new('--job', '--job', [CompletionResultType]::ParameterName, 'What to make of the messages: jobs that share one read of them; list shows all')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set what a job can be told, as anomalies.high_value=5000; may be repeated')
            [CompletionResult]::new('--webhook', '--webhook', [CompletionResultType]::ParameterName, 'Send the alerts of jobs there, as JSON: each at least once, kept in the checkpoint until it is taken, 10,000 at most; 10 s are waited at the end. The table has every alert')
            [CompletionResult]::new('--webhook-quiet', '--webhook-quiet', [CompletionResultType]::ParameterName, 'Do not send the same trouble again for so long')
            [CompletionResult]::new('--window', '--window', [CompletionResultType]::ParameterName, 'Length of a window')
            [CompletionResult]::new('--slide', '--slide', [CompletionResultType]::ParameterName, 'Distance of windows; it divides their length')
            [CompletionResult]::new('--watermark', '--watermark', [CompletionResultType]::ParameterName, 'How far the watermark stays behind the latest event')
            [CompletionResult]::new('--idle', '--idle', [CompletionResultType]::ParameterName, 'A partition that is fully read holds windows back so long')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Folder of closed windows; of an archive data/archive, of jobs data/output/live, - for stdout; and databases beside it, as postgres://…, clickhouse://…; may be repeated')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Folder of closed windows; of an archive data/archive, of jobs data/output/live, - for stdout; and databases beside it, as postgres://…, clickhouse://…; may be repeated')
            [CompletionResult]::new('--checkpoint', '--checkpoint', [CompletionResultType]::ParameterName, 'Folder of positions and state; of an archive checkpoints/archive, of jobs checkpoints/live')
            [CompletionResult]::new('--commit-interval', '--commit-interval', [CompletionResultType]::ParameterName, 'How often positions and state are committed')
            [CompletionResult]::new('--roll-size', '--roll-size', [CompletionResultType]::ParameterName, 'An archive''s files are closed when one is so long')
            [CompletionResult]::new('--roll-interval', '--roll-interval', [CompletionResultType]::ParameterName, 'They are closed, and positions committed, after so long')
            [CompletionResult]::new('--engine', '--engine', [CompletionResultType]::ParameterName, 'Who does the work: this process, a Spark cluster, or by the size of the input (from 64 GiB on)')
            [CompletionResult]::new('--remote', '--remote', [CompletionResultType]::ParameterName, 'Address of Spark Connect, as sc://host:15002 or sc://host/;use_ssl=true;token=…')
            [CompletionResult]::new('--map', '--map', [CompletionResultType]::ParameterName, 'Column that carries a field, as product=Description; may be repeated')
            [CompletionResult]::new('--date-format', '--date-format', [CompletionResultType]::ParameterName, 'Format of dates that are not ISO, such as %d-%b-%Y')
            [CompletionResult]::new('--delimiter', '--delimiter', [CompletionResultType]::ParameterName, 'Delimiter of fields, one of , ; | tab; without it, found by looking')
            [CompletionResult]::new('--dedup', '--dedup', [CompletionResultType]::ParameterName, 'Count a record once whose fields were seen before')
            [CompletionResult]::new('--dedup-horizon', '--dedup-horizon', [CompletionResultType]::ParameterName, 'How long keys are known, in event time')
            [CompletionResult]::new('--brokers', '--brokers', [CompletionResultType]::ParameterName, 'Addresses of the brokers; "env" for the configured ones')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The topic')
            [CompletionResult]::new('-X', '-X ', [CompletionResultType]::ParameterName, 'Property of librdkafka, such as security.protocol=ssl; may be repeated')
            [CompletionResult]::new('--property', '--property', [CompletionResultType]::ParameterName, 'Property of librdkafka, such as security.protocol=ssl; may be repeated')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait so long for the brokers to answer')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Where to begin in a topic that no checkpoint knows')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'Consumer group that is told of positions')
            [CompletionResult]::new('--on-gap', '--on-gap', [CompletionResultType]::ParameterName, 'What to do about messages that expired unread')
            [CompletionResult]::new('--partitions', '--partitions', [CompletionResultType]::ParameterName, 'Make a missing topic with so many partitions')
            [CompletionResult]::new('--max-event-jump', '--max-event-jump', [CompletionResultType]::ParameterName, 'Reject events dated so far ahead of the broker''s clock')
            [CompletionResult]::new('--dlq', '--dlq', [CompletionResultType]::ParameterName, 'Send rejects to this topic, without a name to TOPIC.dlq')
            [CompletionResult]::new('--metrics-addr', '--metrics-addr', [CompletionResultType]::ParameterName, 'Serve /metrics and /health there; a port alone is of 127.0.0.1')
            [CompletionResult]::new('--temp-dir', '--temp-dir', [CompletionResultType]::ParameterName, 'Folder for events that are too many to sort in memory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the messages on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of retail.toml')
            [CompletionResult]::new('--loop', '--loop', [CompletionResultType]::ParameterName, 'Begin again at the end, with all dates moved on')
            [CompletionResult]::new('--shuffle', '--shuffle', [CompletionResultType]::ParameterName, 'Play files shuffled')
            [CompletionResult]::new('--until-end', '--until-end', [CompletionResultType]::ParameterName, 'End when everything present is read, and close all windows')
            [CompletionResult]::new('--fresh', '--fresh', [CompletionResultType]::ParameterName, 'Begin anew; what was there is set aside in _previous')
            [CompletionResult]::new('--decimal-comma', '--decimal-comma', [CompletionResultType]::ParameterName, 'Numbers are written 1,50')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the run''s summary as one JSON object on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retail;serve' {
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Address, as 0.0.0.0 or 127.0.0.1:5000; a port only for a single server')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Address, as 0.0.0.0 or 127.0.0.1:5000; a port only for a single server')
            [CompletionResult]::new('--batch-port', '--batch-port', [CompletionResultType]::ParameterName, 'Port of the batch dashboard; 0 for any that is free')
            [CompletionResult]::new('--live-port', '--live-port', [CompletionResultType]::ParameterName, 'Port of the live dashboard')
            [CompletionResult]::new('--api-port', '--api-port', [CompletionResultType]::ParameterName, 'Port of the API')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Folder of batch''s outputs')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Folder of batch''s outputs')
            [CompletionResult]::new('--csv-output', '--csv-output', [CompletionResultType]::ParameterName, 'Folder of batch''s CSV outputs, if not --output')
            [CompletionResult]::new('--stream-output', '--stream-output', [CompletionResultType]::ParameterName, 'Folder of the stream''s windows')
            [CompletionResult]::new('--live-output', '--live-output', [CompletionResultType]::ParameterName, 'Folder of the output of stream --job')
            [CompletionResult]::new('--currency', '--currency', [CompletionResultType]::ParameterName, 'Currency of all amounts, as EUR; without it numbers stand alone')
            [CompletionResult]::new('--locale', '--locale', [CompletionResultType]::ParameterName, 'How numbers are written, as de-DE; without it as the browser likes')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Which day today is: today, latest (that has sales) or a date')
            [CompletionResult]::new('--windows', '--windows', [CompletionResultType]::ParameterName, 'Windows that the live dashboard shows')
            [CompletionResult]::new('--series', '--series', [CompletionResultType]::ParameterName, 'Products that it draws')
            [CompletionResult]::new('--ingest-port', '--ingest-port', [CompletionResultType]::ParameterName, 'Port of the server that takes records in')
            [CompletionResult]::new('--brokers', '--brokers', [CompletionResultType]::ParameterName, 'Addresses of the brokers, for serve ingest; "env" for the configured ones')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'Topic of sale lines that may be written by POST /ingest/TOPIC; may be repeated')
            [CompletionResult]::new('--event-topic', '--event-topic', [CompletionResultType]::ParameterName, 'Topic of events of a live shop, as stream --job reads them; may be repeated')
            [CompletionResult]::new('--order-topic', '--order-topic', [CompletionResultType]::ParameterName, 'Topic of orders')
            [CompletionResult]::new('--partitions', '--partitions', [CompletionResultType]::ParameterName, 'Partitions of a topic that is made because it is missing')
            [CompletionResult]::new('-X', '-X ', [CompletionResultType]::ParameterName, 'Property of librdkafka, such as security.protocol=ssl; may be repeated')
            [CompletionResult]::new('--property', '--property', [CompletionResultType]::ParameterName, 'Property of librdkafka, such as security.protocol=ssl; may be repeated')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait so long for the brokers to answer')
            [CompletionResult]::new('--max-event-jump', '--max-event-jump', [CompletionResultType]::ParameterName, 'Refuse events dated so far ahead of the clock')
            [CompletionResult]::new('--ingest-id', '--ingest-id', [CompletionResultType]::ParameterName, 'Name of this server to Kafka, its transactional id: of two with one name the first ends')
            [CompletionResult]::new('--idempotency-horizon', '--idempotency-horizon', [CompletionResultType]::ParameterName, 'Idempotency keys are known for so long')
            [CompletionResult]::new('--idempotency-keys', '--idempotency-keys', [CompletionResultType]::ParameterName, 'Idempotency keys that are known at most; then new ones are refused')
            [CompletionResult]::new('--max-body', '--max-body', [CompletionResultType]::ParameterName, 'Bytes of a request at most')
            [CompletionResult]::new('--max-records', '--max-records', [CompletionResultType]::ParameterName, 'Records of a request at most')
            [CompletionResult]::new('--max-waiting', '--max-waiting', [CompletionResultType]::ParameterName, 'Bytes of all requests that wait for Kafka at most')
            [CompletionResult]::new('--max-requests', '--max-requests', [CompletionResultType]::ParameterName, 'Requests that wait for Kafka at most')
            [CompletionResult]::new('--map', '--map', [CompletionResultType]::ParameterName, 'Column that carries a field, as product=Description; may be repeated')
            [CompletionResult]::new('--date-format', '--date-format', [CompletionResultType]::ParameterName, 'Format of dates that are not ISO, such as %d-%b-%Y')
            [CompletionResult]::new('--delimiter', '--delimiter', [CompletionResultType]::ParameterName, 'Delimiter of fields, one of , ; | tab; without it, found by looking')
            [CompletionResult]::new('--api-key-file', '--api-key-file', [CompletionResultType]::ParameterName, 'File of API keys, one a line')
            [CompletionResult]::new('--allow-host', '--allow-host', [CompletionResultType]::ParameterName, 'Another name of this machine, where a proxy passes it on; may be repeated')
            [CompletionResult]::new('--cors-origin', '--cors-origin', [CompletionResultType]::ParameterName, 'Site whose pages may ask the API; may be repeated')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Redis in which servers share the answers of the API, as redis://host:6379')
            [CompletionResult]::new('--cache-ttl', '--cache-ttl', [CompletionResultType]::ParameterName, 'An answer stands there for so long')
            [CompletionResult]::new('--rate-limit', '--rate-limit', [CompletionResultType]::ParameterName, 'Requests a second to /api/v1 and serve ingest that each key is good for, twice as many at once')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the messages on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of retail.toml')
            [CompletionResult]::new('--decimal-comma', '--decimal-comma', [CompletionResultType]::ParameterName, 'Numbers are written 1,50')
            [CompletionResult]::new('--no-auth', '--no-auth', [CompletionResultType]::ParameterName, 'Let other machines see the dashboards without a key, and anybody post to serve ingest')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the run''s summary as one JSON object on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retail;demo' {
            [CompletionResult]::new('--root', '--root', [CompletionResultType]::ParameterName, 'Folder for everything that the demo writes')
            [CompletionResult]::new('--days', '--days', [CompletionResultType]::ParameterName, 'Days of sales, today the last')
            [CompletionResult]::new('--transactions-per-day', '--transactions-per-day', [CompletionResultType]::ParameterName, 'Sales a day')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Live events a second')
            [CompletionResult]::new('--currency', '--currency', [CompletionResultType]::ParameterName, 'Currency of all amounts, as EUR; without it numbers stand alone')
            [CompletionResult]::new('--locale', '--locale', [CompletionResultType]::ParameterName, 'How numbers are written, as de-DE; without it as the browser likes')
            [CompletionResult]::new('--batch-port', '--batch-port', [CompletionResultType]::ParameterName, 'Port of the batch dashboard; 0 for any that is free')
            [CompletionResult]::new('--live-port', '--live-port', [CompletionResultType]::ParameterName, 'Port of the live dashboard')
            [CompletionResult]::new('--api-port', '--api-port', [CompletionResultType]::ParameterName, 'Port of the API')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the messages on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of retail.toml')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the run''s summary as one JSON object on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retail;query' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Folder of the outputs')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Folder of the outputs')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Form of the result')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the result')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Rows that a table shows at most; 0 shows all')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Rows that a table shows at most; 0 shows all')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the messages on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of retail.toml')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the run''s summary as one JSON object on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retail;report' {
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The day; without it, the last one with sales')
            [CompletionResult]::new('--date', '--date', [CompletionResultType]::ParameterName, 'The day; without it, the last one with sales')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Folder that batch wrote to')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Folder that batch wrote to')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Form; without it as --to is named, else html, on a terminal md')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form; without it as --to is named, else html, on a terminal md')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'File that is written, on any store, or - for standard output')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'File that is written, on any store, or - for standard output')
            [CompletionResult]::new('--currency', '--currency', [CompletionResultType]::ParameterName, 'Currency of all amounts, as EUR; without it numbers stand alone')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the messages on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of retail.toml')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the run''s summary as one JSON object on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retail;sinks' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Database, as postgres://…, clickhouse://…, mongodb://…, cassandra://…; may be repeated')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Database, as postgres://…, clickhouse://…, mongodb://…, cassandra://…; may be repeated')
            [CompletionResult]::new('--lake', '--lake', [CompletionResultType]::ParameterName, 'Output of stream --job events on S3 that ClickHouse''s views join with its own rows')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the messages on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of retail.toml')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the statements of init and do nothing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the run''s summary as one JSON object on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retail;doctor' {
            [CompletionResult]::new('-X', '-X ', [CompletionResultType]::ParameterName, 'Property of librdkafka, such as security.protocol=ssl; may be repeated')
            [CompletionResult]::new('--property', '--property', [CompletionResultType]::ParameterName, 'Property of librdkafka, such as security.protocol=ssl; may be repeated')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the messages on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of retail.toml')
            [CompletionResult]::new('--write', '--write', [CompletionResultType]::ParameterName, 'Write a file into every folder, and remove it')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the run''s summary as one JSON object on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retail;verify' {
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'File, or folder with all below; may be repeated')
            [CompletionResult]::new('--input', '--input', [CompletionResultType]::ParameterName, 'File, or folder with all below; may be repeated')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Folder that batch wrote to')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Folder that batch wrote to')
            [CompletionResult]::new('--stream-output', '--stream-output', [CompletionResultType]::ParameterName, 'Folder that stream wrote to; without it, streaming_product_revenue in --output')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Threads; without it, one a core')
            [CompletionResult]::new('--temp-dir', '--temp-dir', [CompletionResultType]::ParameterName, 'Folder of spill files, which have no name; without it, --output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the messages on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of retail.toml')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the run''s summary as one JSON object on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retail;history' {
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Folder that generate writes to; the worlds beside it count, too')
            [CompletionResult]::new('--input', '--input', [CompletionResultType]::ParameterName, 'Folder that generate writes to; the worlds beside it count, too')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Folder that batch and stream write to')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Folder that batch and stream write to')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Runs that are shown at most, the newest; 0 shows all')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Runs that are shown at most, the newest; 0 shows all')
            [CompletionResult]::new('--command', '--command', [CompletionResultType]::ParameterName, 'Only runs of this command')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the messages on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of retail.toml')
            [CompletionResult]::new('--failed', '--failed', [CompletionResultType]::ParameterName, 'Only runs that failed, were killed or interrupted, or whose check failed')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the run''s summary as one JSON object on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retail;jobs' {
            [CompletionResult]::new('--checkpoint', '--checkpoint', [CompletionResultType]::ParameterName, 'Checkpoint that clean looks at, or folder of them; may be repeated')
            [CompletionResult]::new('--remote', '--remote', [CompletionResultType]::ParameterName, 'Address of Spark Connect, as sc://host:15002 or sc://host/;use_ssl=true;token=…')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the messages on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of retail.toml')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Stop all')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do what clean otherwise only shows')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do what clean otherwise only shows')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the run''s summary as one JSON object on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retail;upload-hdfs' {
            [CompletionResult]::new('-i', '-i', [CompletionResultType]::ParameterName, 'Folder, or file, to copy')
            [CompletionResult]::new('--input', '--input', [CompletionResultType]::ParameterName, 'Folder, or file, to copy')
            [CompletionResult]::new('--hdfs', '--hdfs', [CompletionResultType]::ParameterName, 'HDFS, or a folder of it that stands for its root')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait so long for HDFS to answer and leave safe mode')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Files that are copied at once')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the messages on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of retail.toml')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Copy what is there unchanged, too')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Say what would be copied and touch nothing')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be copied and touch nothing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the run''s summary as one JSON object on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retail;cleanup' {
            [CompletionResult]::new('--root', '--root', [CompletionResultType]::ParameterName, 'Folder that holds the folders to clear')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the messages on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of retail.toml')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Say what would be cleared and touch nothing')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be cleared and touch nothing')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the run''s summary as one JSON object on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retail;completions' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the messages on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of retail.toml')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the run''s summary as one JSON object on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retail;man' {
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Write all pages into this folder instead')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'Form of the messages on stderr')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file instead of retail.toml')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the run''s summary as one JSON object on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors, data and --json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more on stderr, and the causes of an error')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'retail;help' {
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Write believable sales, one file a day')
            [CompletionResult]::new('replay', 'replay', [CompletionResultType]::ParameterValue, 'Play files as events, to Kafka or as JSON lines')
            [CompletionResult]::new('batch', 'batch', [CompletionResultType]::ParameterValue, 'Add up the daily revenue of every product')
            [CompletionResult]::new('stream', 'stream', [CompletionResultType]::ParameterValue, 'Add up revenue in windows of event time, live, or archive a topic')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Show dashboards, answer an API, take orders in')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Look at everything at once: sales, their sums, live windows, dashboards')
            [CompletionResult]::new('query', 'query', [CompletionResultType]::ParameterValue, 'Ask the outputs, or any CSV or Parquet file, in SQL')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Write the daily business report')
            [CompletionResult]::new('sinks', 'sinks', [CompletionResultType]::ParameterValue, 'Make or check the tables and views of databases that results go to')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check every configured address: Kafka, HDFS, S3, Spark, databases, folders')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Prove that input, batch, stream and declared truth agree to the cent')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Show the runs: when, what, how long, how many rows, how they ended')
            [CompletionResult]::new('jobs', 'jobs', [CompletionResultType]::ParameterValue, 'Show, end and clear up after what runs on a Spark cluster')
            [CompletionResult]::new('upload-hdfs', 'upload-hdfs', [CompletionResultType]::ParameterValue, 'Copy the input files to HDFS, each whole or not at all')
            [CompletionResult]::new('cleanup', 'cleanup', [CompletionResultType]::ParameterValue, 'Empty the folders that runs fill')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print a manual page, or write all of them')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'retail;help;generate' {
            break
        }
        'retail;help;replay' {
            break
        }
        'retail;help;batch' {
            break
        }
        'retail;help;stream' {
            break
        }
        'retail;help;serve' {
            break
        }
        'retail;help;demo' {
            break
        }
        'retail;help;query' {
            break
        }
        'retail;help;report' {
            break
        }
        'retail;help;sinks' {
            break
        }
        'retail;help;doctor' {
            break
        }
        'retail;help;verify' {
            break
        }
        'retail;help;history' {
            break
        }
        'retail;help;jobs' {
            break
        }
        'retail;help;upload-hdfs' {
            break
        }
        'retail;help;cleanup' {
            break
        }
        'retail;help;completions' {
            break
        }
        'retail;help;man' {
            break
        }
        'retail;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
